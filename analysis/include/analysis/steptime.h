#pragma once

#include <analysis/latency.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

/// How long one run of the UNet takes under a recipe, weights being ready as far as memory allows.
struct StepTime {
    std::string name;       ///< of the recipe
    double seconds = 0;     ///< of the fastest run, with guidance and with the keys and values of the prompt
    double fullSeconds = 0; ///< of the fastest run in full precision, made in turns with it
    double db = 0;          ///< SQNR of the predicted noise against full precision; kExact where nothing differs
    /// SQNR in dB of the predicted noise: integer products against the same products in float32. kExact where no layer
    /// is computed by integers or nothing differs.
    double productsDb = 0;
    std::vector<quant::Format> formats; ///< by layer, at that step
    std::vector<bool> isTreated;        ///< by layer: beyond its format, so that it is computed in float32
};

/// Times whole runs of the UNet, at the first step of a picture, under recipes, each in turns with full precision.
/// Ranges are those of this very run, except for recipes with treatments or ranges of a file. Nothing when stopped.
/// Throws as measureLatency() and Preparer::prepare() do; the settings' formats are not looked at.
std::optional<std::vector<StepTime>> timeSteps(const ldm::Model& model, const std::vector<quant::Recipe>& recipes,
                                               const LatencySettings& settings, std::stop_token stop = {},
                                               const ldm::ProgressSink& progress = {});

/// Times the same run in bf16, with fp32 as full precision: what `--precision bf16` saves, and what it costs. No
/// formats. Nothing when stopped. Throws BadInput as measureLatency() does, and where the processor has no bf16
/// products (ldm::hasBf16Products()).
std::optional<StepTime> timeBf16(const ldm::Model& model, LatencySettings settings, std::stop_token stop = {},
                                 const ldm::ProgressSink& progress = {});

} // namespace analysis
