#include <quant/calibration.h>

#include <quant/calibrating.h>
#include <quant/treatment.h>

#include "calibratedoutputs.h"
#include "treatedinputs.h"
#include "unetrun.h"

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/networks.h>

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace quant {

namespace {

constexpr int kTimesteps = 1000; ///< of training

/// A relative path that does not exist from here is looked for among the resources, whose folder it may begin with.
std::filesystem::path promptFile(const std::filesystem::path& file) {
    if (file.is_absolute() || std::filesystem::exists(file)) return file;
    std::filesystem::path below = file;
    if (!file.empty() && *file.begin() == "resources") below = file.lexically_relative("resources");
    const std::filesystem::path resource = ldm::resourceFolder() / below;
    return std::filesystem::exists(resource) ? resource : file;
}

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

void addOutputs(ldm::ModelInfo& model, const std::vector<int>& layers) {
    for (const int layer : layers) {
        ldm::LayerInfo output = model.layers.at(static_cast<std::size_t>(layer));
        output.name += ".output";
        model.layers.push_back(std::move(output));
    }
}

} // namespace

const std::vector<ActivationFormat>& clippedFormats() {
    static const std::vector<ActivationFormat> formats{ActivationFormat::Int8, ActivationFormat::Int4};
    return formats;
}

int Calibration::intervalOf(int timestep) const {
    return std::clamp(timestep, 0, kTimesteps - 1) * intervals / kTimesteps;
}

Range Calibration::range(int layer, ActivationFormat format, int interval) const {
    const auto found = clipped.find(format);
    const std::vector<Range>& ranges = found == clipped.end() ? inputs : found->second;
    return ranges.at(static_cast<std::size_t>(interval) * layers() + static_cast<std::size_t>(layer));
}

std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const CalibrationSettings& how, std::stop_token stop,
                                     const ldm::ProgressSink& progress) {
    return calibrate(model, runs, how, Treatment{}, std::move(stop), progress);
}

std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const CalibrationSettings& how, const Treatment& treatment, std::stop_token stop,
                                     const ldm::ProgressSink& progress) {
    return calibrateWithOutputs(model, runs, how, treatment, {}, std::move(stop), progress);
}

std::optional<Calibration> calibrateWithOutputs(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                                const CalibrationSettings& how, const Treatment& treatment,
                                                const std::vector<int>& outputs, std::stop_token stop,
                                                const ldm::ProgressSink& progress) {
    if (runs.empty()) throw ldm::badInput("there is no prompt to calibrate with; give at least one.");
    const at::NoGradGuard noGrad;
    ldm::Networks& networks = model.networks();
    ldm::ModelInfo watched = withSplitInputs(model.info(), treatment);
    const std::size_t inputs = watched.layers.size();
    addOutputs(watched, outputs);
    CalibratingArithmetic watcher(networks.unetArithmetic, watched.layers.size(), how);
    TreatedInputs treated(networks.unetArithmetic, watcher, treatment);
    CalibratedOutputs arithmetic(treated, watcher, outputs, inputs);
    // One prompt at a time: attention in a batch of all of them would not fit into memory for large models.
    for (std::size_t run = 0; run < runs.size(); ++run) {
        ldm::Trajectory trajectory(networks, ldm::prepare(networks, {runs[run]}));
        const std::size_t last = how.steps == "first" ? 1 : trajectory.steps();
        while (trajectory.index() < last) {
            ldm::report(progress, "calibrating", static_cast<std::int64_t>(run * last + trajectory.index()),
                        static_cast<std::int64_t>(runs.size() * last));
            watcher.setTimestep(trajectory.timestep());
            const auto output = runUNet(networks.unet, arithmetic, trajectory.state(), stop);
            if (!output) return std::nullopt;
            if (const int lost = watcher.lostLayer(); lost >= 0)
                ldm::refuseNotFinite(networks, "The input of layer '" +
                                                   watched.layers.at(static_cast<std::size_t>(lost)).name +
                                                   "' at timestep " + std::to_string(trajectory.timestep()));
            trajectory.advance(*output);
        }
    }
    ldm::report(progress, "calibrating", 1, 1);
    return watcher.result(watched);
}

std::vector<std::string> loadPrompts(const std::filesystem::path& file) {
    const std::filesystem::path found = promptFile(file);
    const std::string text = ldm::readTextFile(found);
    std::vector<std::string> prompts;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = trimmed(std::string_view(text).substr(begin, end - begin));
        if (!line.empty() && line.front() != '#') prompts.emplace_back(line);
        begin = end + 1;
    }
    if (prompts.empty()) throw ldm::badInput(found.string() + ": there is no prompt in it; write one a line.");
    return prompts;
}

} // namespace quant
