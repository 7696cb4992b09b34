#include <quant/calibration.h>

#include <quant/simulated.h>

#include "nearest.h"
#include "unetrun.h"

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/networks.h>
#include <ldm/safetensors.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

namespace quant {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

static_assert(sizeof(Range) == 2 * sizeof(float), "ranges are written as they lie in memory");

constexpr const char* kStepsKey = "noisefloor.steps";

ldm::Error damaged(const std::filesystem::path& file, const std::string& what) {
    return ldm::badInput(file.string() + ": " + what + "; calibrate this model again.");
}

Range readRange(const ldm::SafetensorsFile& opened, const std::string& layer) {
    const ldm::TensorEntry* entry = opened.find(layer);
    if (!entry) throw damaged(opened.path(), "there is no range for layer '" + layer + "'");
    if (entry->dtype != ldm::DType::F32 || entry->shape != std::vector<std::int64_t>{2})
        throw damaged(opened.path(), "the range of layer '" + layer + "' is not two float32 numbers");
    std::array<float, 2> values{};
    std::memcpy(values.data(), opened.bytes(*entry).data(), sizeof values);
    if (!std::isfinite(values[0]) || !std::isfinite(values[1]) || values[0] > values[1])
        throw damaged(opened.path(), "the range of layer '" + layer + "' is not finite and ascending");
    return {values[0], values[1]};
}

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

} // namespace

std::optional<Calibration> calibrate(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                     const std::string& steps, std::stop_token stop,
                                     const ldm::ProgressSink& progress) {
    if (runs.empty()) throw ldm::badInput("there is no prompt to calibrate with; give at least one.");
    if (steps != "first" && steps != "all")
        throw ldm::badInput("calibration steps '" + steps + "' are not known; use 'first' or 'all'.");
    const at::NoGradGuard noGrad;
    ldm::Networks& networks = model.networks();
    CalibratingArithmetic arithmetic(networks.unetArithmetic, model.info().layers.size());
    // One prompt at a time: attention in a batch of all of them would not fit into memory for large models.
    for (std::size_t run = 0; run < runs.size(); ++run) {
        ldm::Trajectory trajectory(networks, ldm::prepare(networks, {runs[run]}));
        const std::size_t last = steps == "first" ? 1 : trajectory.steps();
        while (trajectory.index() < last) {
            ldm::report(progress, "calibrating", static_cast<std::int64_t>(run * last + trajectory.index()),
                        static_cast<std::int64_t>(runs.size() * last));
            const auto output = runUNet(networks.unet, arithmetic, trajectory.state(), stop);
            if (!output) return std::nullopt;
            trajectory.advance(*output);
        }
    }
    ldm::report(progress, "calibrating", 1, 1);
    Calibration calibration = arithmetic.result(model.info());
    calibration.steps = steps;
    return calibration;
}

void saveCalibration(const Calibration& calibration, const ldm::ModelInfo& model, const std::filesystem::path& file) {
    if (calibration.inputs.size() != model.layers.size())
        throw ldm::Error(ldm::ErrorKind::Failed, "the calibration does not belong to model '" + model.name + "'.");
    std::vector<ldm::TensorToWrite> tensors;
    for (std::size_t i = 0; i < model.layers.size(); ++i)
        tensors.push_back({model.layers[i].name,
                           ldm::DType::F32,
                           {2},
                           std::as_bytes(std::span<const Range, 1>(&calibration.inputs[i], 1))});
    ldm::writeSafetensors(file, std::move(tensors),
                          {{kStepsKey, calibration.steps}, {"noisefloor.model", model.fingerprint}});
}

Calibration loadCalibration(const std::filesystem::path& file, const ldm::ModelInfo& model) {
    const ldm::SafetensorsFile opened = ldm::SafetensorsFile::open(file);
    std::vector<std::string> names;
    Calibration calibration;
    for (const ldm::LayerInfo& layer : model.layers) {
        calibration.inputs.push_back(readRange(opened, layer.name));
        names.push_back(layer.name);
    }
    for (const ldm::TensorEntry& entry : opened.entries())
        if (model.layerIndex(entry.name) < 0)
            throw damaged(file, "'" + entry.name + "' is no layer of model '" + model.name + "', the nearest is " +
                                    quotedList(nearest(entry.name, names, 1)));
    const auto steps = opened.metadata().find(kStepsKey);
    if (steps == opened.metadata().end() || (steps->second != "first" && steps->second != "all"))
        throw damaged(file, "its metadata does not say which steps the ranges were taken from");
    calibration.steps = steps->second;
    return calibration;
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
