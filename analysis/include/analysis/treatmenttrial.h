#pragma once

#include <analysis/sqnr.h>

#include <quant/recipe.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

/// One part of a local treatment and what it did beside the parts kept before it.
struct TriedPart {
    std::string what; ///< for people
    double db = kNotMeasured;
    bool kept = false;
};

/// What was left of a local treatment, and why.
struct TreatmentTrial {
    quant::Recipe recipe;
    double plainDb = kNotMeasured; ///< before any part
    std::vector<TriedPart> tried;
};

/// Adds to `plain` those parts of `treated` (both of one recipe, the second by withLocalTreatment() and
/// withSearchedAlphas()) that raise the SQNR of the predicted noise, one after the other: smoothing, ranges that follow
/// the timestep, halves of skip concatenations apart, the table of the time embedding. Judged by pictures that neither
/// ranges nor alphas come from: the prompts of the analysis and of the calibration with seeds of their own, at the
/// latents of full precision, so that errors do not feed back. Nothing when stopped.
std::optional<TreatmentTrial> triedTreatment(const ldm::Model& model, const quant::Recipe& plain,
                                             const quant::Recipe& treated, AnalysisSettings settings,
                                             std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

} // namespace analysis
