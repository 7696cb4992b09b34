#include "recording.h"

#include "reordered.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

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

/// Bytes a walk keeps alive beyond its input.
std::int64_t bytesOf(const ldm::UNet& unet, const Walk& walk) {
    std::int64_t bytes = 0;
    for (std::size_t stage = 0; stage < unet.stages().size(); ++stage)
        bytes += std::int64_t(ldm::UNet::output(unet.stages()[stage], walk[stage + 1]).nbytes());
    return std::max<std::int64_t>(1, bytes);
}

/// Throws naming the first block whose result is not finite, if the last one's is not.
void requireFinite(const ldm::Networks& networks, const Walk& walk, int timestep) {
    const auto isFinite = [](const at::Tensor& values) { return at::isfinite(values).all().item<bool>(); };
    if (isFinite(walk.back().hidden)) return;
    const auto& stages = networks.unet.stages();
    std::size_t stage = 0;
    while (stage + 1 < stages.size() && isFinite(ldm::UNet::output(stages[stage], walk[stage + 1]))) ++stage;
    ldm::refuseNotFinite(networks, "The result of block '" + networks.info.blocks[stage].id + "' at timestep " +
                                       std::to_string(timestep));
}

/// Records one group after the other.
class Recorder {
public:
    Recorder(ldm::Networks& networks, const AnalysisSettings& settings, const MemoryBudget& memory, Meter& meter)
        : m_networks(networks), m_settings(settings), m_memory(memory), m_meter(meter),
          m_arithmetic(networks.unetArithmetic, networks.unet.layers().size()) {}

    /// Nothing when stopped.
    std::optional<Recordings> run(std::stop_token stop);

private:
    bool follow(Recording& recording, std::size_t groups, std::stop_token stop);

    ldm::Networks& m_networks;
    const AnalysisSettings& m_settings;
    const MemoryBudget& m_memory;
    bool m_keepsWalks = false;
    Meter& m_meter;
    quant::CalibratingArithmetic m_arithmetic;
    Recordings m_recordings;
};

std::optional<Recordings> Recorder::run(std::stop_token stop) {
    std::vector<ldm::GenerateSettings> pictures;
    for (std::size_t prompt = 0; prompt < m_settings.prompts.size(); ++prompt)
        pictures.push_back(samplingOf(m_settings, prompt));
    const ldm::Conditioning all = ldm::prepare(m_networks, pictures);
    const auto prompts = all.prompts();
    m_recordings.samplesAtOnce =
        m_memory.batchBytes / sampleBytes(m_networks.info, int(all.noise.size(2)), int(all.noise.size(3)));
    const auto together =
        std::max<std::int64_t>(1, m_recordings.samplesAtOnce * prompts / all.condition.context.size(0));
    for (std::int64_t first = 0; first < prompts; first += together) {
        auto& recording = m_recordings.groups.emplace_back();
        recording.conditioning = all.slice(first, std::min(together, prompts - first));
        if (!follow(recording, std::size_t((prompts + together - 1) / together), stop)) return std::nullopt;
    }
    m_recordings.calibration = m_arithmetic.result(m_networks.info);
    return std::move(m_recordings);
}

/// False when stopped.
bool Recorder::follow(Recording& recording, std::size_t groups, std::stop_token stop) {
    ldm::Trajectory trajectory(m_networks, recording.conditioning);
    while (!trajectory.done()) {
        m_arithmetic.setRecording(m_settings.calibration == "all" || trajectory.index() == 0);
        const ldm::UNetState state = trajectory.state();
        recording.starts.push_back(state);
        recording.keyValues = state.keyValues;
        auto walked = walk(m_networks.unet, m_arithmetic, state, stop);
        if (!walked) return false;
        requireFinite(m_networks, *walked, trajectory.timestep());
        trajectory.advance(walked->back().hidden);
        if (m_recordings.groups.size() == 1 && recording.starts.size() == 1) {
            const auto fits = m_memory.stateBytes / bytesOf(m_networks.unet, *walked);
            m_keepsWalks = std::int64_t(trajectory.steps() * groups) <= fits;
            m_recordings.stepsInMemory = int(std::clamp<std::int64_t>(fits, 1, std::int64_t(trajectory.steps())));
        }
        if (m_keepsWalks) recording.walks.push_back(std::move(*walked));
        m_meter.finished("full-precision trajectory",
                         std::int64_t(m_networks.info.blocks.size()) * recording.prompts());
    }
    return true;
}

} // namespace

std::optional<Walk> walk(const ldm::UNet& unet, ldm::Arithmetic& arithmetic, ldm::UNetState state,
                         const std::stop_token& stop) {
    return ldm::StoppableArithmetic::unlessStopped(arithmetic, stop, [&](ldm::Arithmetic& running) {
        Walk states;
        for (const auto& stage : unet.stages()) {
            states.push_back(state);
            stage.run(running, state);
        }
        states.push_back(std::move(state));
        return states;
    });
}

std::int64_t recordingUnits(const Analysis& analysis) {
    return std::int64_t(analysis.blocks.size() * analysis.timesteps.size() * analysis.settings.prompts.size());
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
    sampling.latentsRow = std::int64_t(prompt);
    sampling.latentsRows = std::int64_t(settings.prompts.size());
    sampling.eta = settings.eta;
    sampling.clipSkip = settings.clipSkip;
    sampling.weightedPrompts = settings.weightedPrompts;
    return sampling;
}

std::optional<Recordings> record(ldm::Networks& networks, const AnalysisSettings& settings, const MemoryBudget& memory,
                                 std::stop_token stop, Meter& meter) {
    return Recorder(networks, settings, memory, meter).run(stop);
}

std::unique_ptr<ldm::Arithmetic> variant(ldm::Networks& networks, const quant::Calibration& calibration,
                                         quant::Format format) {
    if (format == quant::Format{}) return std::make_unique<ReorderedArithmetic>(networks.unetArithmetic);
    return std::make_unique<quant::SimulatedArithmetic>(networks.unetArithmetic,
                                                        quant::uniformPlan(networks.info, format), calibration);
}

void addErrors(Ledger& ledger, Metric metric, quant::Format format, int row, int step, const Recording& recording,
               const at::Tensor& y, const at::Tensor& yq) {
    for (std::int64_t prompt = 0; prompt < recording.prompts(); ++prompt)
        for (std::int64_t sample = prompt; sample < recording.rows(); sample += recording.prompts())
            ledger.add(metric, format, row, step, quant::errorSums(y.select(0, sample), yq.select(0, sample)));
}

} // namespace analysis
