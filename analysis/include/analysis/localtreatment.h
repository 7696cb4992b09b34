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

/// A layer and how well it stands its quantization.
struct SensitiveLayer {
    std::string layer;
    double db = kNotMeasured; ///< `local` SQNR, noise power averaged over the timesteps
    bool operator==(const SensitiveLayer&) const = default;
};

/// The worst share (0..1, at least one) of the layers by `local` SQNR in a format, worst first (after Yang et al.
/// 2023). Exact layers are never among them. Throws BadInput if the analysis is not by layer or does not hold that map.
std::vector<SensitiveLayer> sensitiveLayers(const Analysis& analysis, quant::Format format, double share = 0.1);

/// How the ranges of time-sensitive layers follow the timestep.
enum class TimeRanges {
    Fixed,     ///< they do not
    Intervals, ///< all layers have ranges per part of the timesteps, as those need it and the others lose nothing
    Dynamic,   ///< those layers have ranges of each token's own values
};

struct LocalTreatment {
    double share = 0.1;     ///< of the layers that count as sensitive, and at most as time-sensitive
    double timeRatio = 2.0; ///< widest to narrowest range from which on a layer is time-sensitive
    TimeRanges timeRanges = TimeRanges::Intervals;
    int intervals = 4; ///< of the timesteps, for TimeRanges::Intervals
    bool splitSkips = true;
    bool precomputedTimeEmbedding = true;
};

/// The recipe with the local treatment that an analysis suggests (after Yang et al. 2023): its sensitive layers are
/// smoothed with alphas to be searched, its time-sensitive ones get ranges that follow the timestep, halves of skip
/// concatenations ranges of their own, and what depends on the timestep alone is computed exactly. What it asks for
/// already stays. Sensitivity is judged in the recipe's default format, else in the nearest that the analysis holds
/// with quantized activations. Throws BadInput where that is missing, or for an analysis of another model.
quant::Recipe withLocalTreatment(quant::Recipe recipe, const Analysis& analysis, const ldm::ModelInfo& model,
                                 const LocalTreatment& how = {});

/// The recipe with every alpha of its smoothing written down: those it leaves open are searched (quant::bestAlpha) over
/// its calibration prompts, sampled as `settings` say, and layers that none helps are smoothed no more. Modules become
/// single layers. Nothing when stopped.
std::optional<quant::Recipe> withSearchedAlphas(const ldm::Model& model, quant::Recipe recipe,
                                                const AnalysisSettings& settings, std::stop_token stop = {},
                                                const ldm::ProgressSink& progress = {});

} // namespace analysis
