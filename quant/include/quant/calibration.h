#pragma once

#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant {

/// Smallest and largest value a layer's input took.
struct Range {
    float lo = 0;
    float hi = 0;
    bool operator==(const Range&) const = default;
};

/// Activation ranges of all layers of a model.
struct Calibration {
    std::vector<Range> inputs; ///< by layer index
    std::string steps = "all"; ///< sampling steps they were taken from: "first" or "all"
    bool operator==(const Calibration&) const = default;
};

/// Runs full precision over the given settings (all prompts; equal steps, size and guidance) and takes min and max of
/// every layer's input at the first or all sampling steps. Non-finite activations throw Failed naming the layer.
/// Returns nothing when stopped.
std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const std::string& steps, std::stop_token stop = {},
                                     const ldm::ProgressSink& progress = {});

/// One F32 tensor [2] per layer name. Loading is strict: every layer of the model, nothing else, finite, lo <= hi.
void saveCalibration(const Calibration& calibration, const ldm::ModelInfo& model, const std::filesystem::path& file);
Calibration loadCalibration(const std::filesystem::path& file, const ldm::ModelInfo& model);

/// Prompts of a file, one a line; empty lines and lines that begin with '#' are skipped. Throws BadInput if none is
/// left. A relative path is looked for beside the working directory, then below the resource folder.
std::vector<std::string> loadPrompts(const std::filesystem::path& file);

} // namespace quant
