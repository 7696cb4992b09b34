#include "recording.h"

#include "reordered.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

/// Activations that one batch may hold. More makes no batch faster; it only costs memory.
constexpr std::int64_t kBatchBytes = std::int64_t{96} << 20;

/// Estimate of the activations that live while one sample passes through the UNet.
std::int64_t sampleBytes(const ldm::ModelInfo& model, int latentHeight, int latentWidth) {
    std::int64_t floats = 0;
    for (const auto& block : model.blocks) {
        std::int64_t largest = 0;
        for (const int index : block.layers) {
            const auto& layer = model.layers[std::size_t(index)];
            if (layer.domain != ldm::Domain::Image) continue;
            const auto positions = std::int64_t(latentHeight / layer.downscale) * (latentWidth / layer.downscale);
            largest = std::max(largest, layer.outputs() * positions);
        }
        floats += largest;
    }
    return std::max<std::int64_t>(1, floats) * std::int64_t(sizeof(float));
}

ldm::Conditioning part(const ldm::Conditioning& all, std::int64_t first, std::int64_t count) {
    const auto prompts = all.noise.size(0);
    std::vector<at::Tensor> halves;
    for (std::int64_t half = 0; half < all.context.size(0); half += prompts)
        halves.push_back(all.context.narrow(0, half + first, count));
    return {at::cat(halves), all.noise.narrow(0, first, count), all.guided};
}

/// False when stopped.
bool follow(ldm::Networks& networks, const AnalysisSettings& settings, quant::CalibratingArithmetic& arithmetic,
            Recording& recording, std::stop_token stop, Meter& meter) {
    ldm::Trajectory trajectory(networks, recording.conditioning, settings.steps, settings.guidance);
    while (!trajectory.done()) {
        if (stop.stop_requested()) return false;
        arithmetic.setRecording(settings.calibration == "all" || trajectory.index() == 0);
        const ldm::UNetState state = trajectory.state();
        recording.inputs.push_back(state.hidden);
        recording.keyValues = state.keyValues;
        trajectory.advance(networks.unet.finish(arithmetic, state));
        meter.finished("full-precision trajectory", std::int64_t(networks.info.blocks.size()) * recording.prompts());
    }
    return true;
}

} // namespace

std::int64_t recordingUnits(const ldm::Networks& networks, const AnalysisSettings& settings) {
    return std::int64_t(networks.info.blocks.size()) * settings.steps * std::int64_t(settings.prompts.size());
}

ldm::GenerateSettings samplingOf(const AnalysisSettings& settings, std::size_t prompt) {
    ldm::GenerateSettings sampling;
    sampling.prompt = settings.prompts[prompt];
    sampling.negative = settings.negative;
    sampling.scheduler = settings.scheduler;
    sampling.steps = settings.steps;
    sampling.guidance = settings.guidance;
    sampling.seed = settings.seed + prompt;
    sampling.width = settings.width;
    sampling.height = settings.height;
    sampling.latents = settings.latents;
    return sampling;
}

std::int64_t samplesAtOnce(const ldm::ModelInfo& model, const AnalysisSettings& settings) {
    return kBatchBytes / sampleBytes(model, settings.height / model.vaeScale, settings.width / model.vaeScale);
}

std::optional<Recordings> record(ldm::Networks& networks, const AnalysisSettings& settings, std::stop_token stop,
                                 Meter& meter) {
    std::vector<ldm::GenerateSettings> runs;
    for (std::size_t prompt = 0; prompt < settings.prompts.size(); ++prompt)
        runs.push_back(samplingOf(settings, prompt));
    const ldm::Conditioning all = ldm::prepare(networks, runs);
    const auto prompts = all.noise.size(0);
    const auto together = std::max<std::int64_t>(1, samplesAtOnce(networks.info, settings) * prompts /
                                                        std::max<std::int64_t>(1, all.context.size(0)));
    quant::CalibratingArithmetic arithmetic(networks.unetArithmetic, networks.unet.layers().size());
    Recordings recordings;
    for (std::int64_t first = 0; first < prompts; first += together) {
        auto& recording = recordings.groups.emplace_back();
        recording.conditioning = part(all, first, std::min(together, prompts - first));
        if (!follow(networks, settings, arithmetic, recording, stop, meter)) return std::nullopt;
    }
    recordings.calibration = arithmetic.result(networks.info);
    return recordings;
}

std::unique_ptr<ldm::Arithmetic> variant(ldm::Networks& networks, const quant::Calibration& calibration,
                                         quant::Format format) {
    if (format == quant::Format{}) return std::make_unique<ReorderedArithmetic>(networks.unetArithmetic);
    return std::make_unique<quant::SimulatedArithmetic>(networks.unetArithmetic,
                                                        quant::uniformPlan(networks.info, format), calibration);
}

void addErrors(Ledger& ledger, Metric metric, quant::Format format, int row, int firstStep, const Recording& recording,
               const at::Tensor& y, const at::Tensor& yq) {
    const auto rows = recording.rows();
    const auto steps = y.size(0) / rows;
    for (std::int64_t step = 0; step < steps; ++step)
        for (std::int64_t prompt = 0; prompt < recording.prompts(); ++prompt)
            for (std::int64_t half = 0; half < rows; half += recording.prompts()) {
                const auto sample = step * rows + half + prompt;
                ledger.add(metric, format, row, firstStep + int(step),
                           quant::errorSums(y.select(0, sample), yq.select(0, sample)));
            }
}

} // namespace analysis
