#pragma once

#include <analysis/sqnr.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <optional>
#include <stop_token>

namespace analysis {

/// A recipe with activation ranges from certain sampling steps.
struct CalibrationOutcome {
    double db = kNotMeasured; ///< end to end, as EndToEnd measures it
    double seconds = 0;       ///< that calibration took, treatments included
};

/// Whether ranges from the first sampling step alone (the one of most noise, after Yang et al. 2023) serve a model as
/// well as those from all steps.
struct CalibrationCheck {
    CalibrationOutcome first;
    CalibrationOutcome all;
};

/// Calibrates the recipe both ways and measures both over the prompts of `settings`. Throws BadInput for a recipe that
/// nothing is calibrated for, or whose ranges come from a file. Nothing when stopped.
std::optional<CalibrationCheck> checkCalibrations(const ldm::Model& model, const quant::Recipe& recipe,
                                                  const AnalysisSettings& settings, std::stop_token stop = {},
                                                  const ldm::ProgressSink& progress = {});

} // namespace analysis
