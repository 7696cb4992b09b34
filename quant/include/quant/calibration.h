#pragma once

#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant {

inline constexpr int kMostIntervals = 100; ///< of timesteps with ranges of their own

/// Smallest and largest value a layer's input took.
struct Range {
    float lo = 0;
    float hi = 0;
    bool operator==(const Range&) const = default;
};

/// Activation ranges of all layers of a model, for every format at once: the same serve each plan.
struct Calibration {
    std::vector<Range> inputs;             ///< by interval of timesteps and layer: inputs[interval * layers() + layer]
    std::string steps = "all";             ///< sampling steps they were taken from: "first" or "all"
    std::string method = "minmax";         ///< CalibrationSettings::range
    std::optional<double> percentile = {}; ///< for "percentile"
    int intervals = 1;                     ///< equal parts of the training timesteps
    std::map<ActivationFormat, std::vector<Range>> clipped = {}; ///< for "mse": in place of `inputs` for these formats
    bool operator==(const Calibration&) const = default;

    std::size_t layers() const { return inputs.size() / static_cast<std::size_t>(intervals); }
    /// The interval of a training timestep, 0 .. intervals - 1.
    int intervalOf(int timestep) const;
    Range range(int layer, ActivationFormat format, int interval = 0) const;
};

/// Formats whose range is narrower than the values where squared errors are least: those with few levels.
const std::vector<ActivationFormat>& clippedFormats();

/// Runs full precision over the given settings (all prompts; equal steps, size and guidance) and takes the ranges of
/// every layer's input as `how` says (its prompts and file are not looked at). Activations that are not finite throw
/// Failed naming layer and timestep, or BadInput naming the tensor of the model that is not finite itself. Unusable
/// settings throw BadInput. Returns nothing when stopped.
std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const CalibrationSettings& how, std::stop_token stop = {},
                                     const ldm::ProgressSink& progress = {});

/// One F32 tensor per layer name, [2] for one interval and [intervals, 2] for more; for "mse" also one for each of
/// clippedFormats() under "LAYER.FORMAT". Loading is strict: every layer of the model, nothing else, finite, lo <= hi.
void saveCalibration(const Calibration& calibration, const ldm::ModelInfo& model, const std::filesystem::path& file);
Calibration loadCalibration(const std::filesystem::path& file, const ldm::ModelInfo& model);

/// Prompts of a file, one a line; empty lines and lines that begin with '#' are skipped. Throws BadInput if none is
/// left. A relative path is looked for beside the working directory, then below the resource folder.
std::vector<std::string> loadPrompts(const std::filesystem::path& file);

} // namespace quant
