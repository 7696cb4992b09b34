#include "recording.h"

#include "altered.h"
#include "exchange.h"
#include "ranges.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

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

/// Throws naming the first layer whose input was not finite, or the first block whose result is not.
void requireFinite(const ldm::Networks& networks, const Walk& walk, int lostLayer, int timestep) {
    const std::string place = "' at timestep " + std::to_string(timestep);
    if (lostLayer >= 0)
        ldm::refuseNotFinite(networks,
                             "The input of layer '" + networks.info.layers[std::size_t(lostLayer)].name + place);
    const auto isFinite = [](const at::Tensor& values) { return at::isfinite(values).all().item<bool>(); };
    if (isFinite(walk.back().hidden)) return;
    const auto& stages = networks.unet.stages();
    std::size_t stage = 0;
    while (stage + 1 < stages.size() && isFinite(ldm::UNet::output(stages[stage], walk[stage + 1]))) ++stage;
    ldm::refuseNotFinite(networks, "The result of block '" + networks.info.blocks[stage].id + place);
}

/// Records one group after the other.
class Recorder {
public:
    Recorder(Work& work, const MemoryBudget& memory)
        : m_work(work), m_memory(memory), m_ranges(work.networks.info, int(work.ledger.analysis().timesteps.size())) {}

    /// Nothing when stopped.
    std::optional<Recordings> run();

private:
    void group();
    bool followAll();
    bool followTogether();
    bool follow(Recording& recording);
    bool mayExchange() const;
    std::optional<Walk> walkOf(const ldm::Trajectory& trajectory);
    void decideWhatToKeep(const Walk& first, std::size_t runs);

    Work& m_work;
    const MemoryBudget& m_memory;
    std::optional<bool> m_keepsWalks; ///< nothing while no walk was seen
    RangeRecorder m_ranges;
    Recordings m_recordings;
};

/// Puts the prompts into groups that fit into memory together.
void Recorder::group() {
    auto& networks = m_work.networks;
    const auto& settings = m_work.ledger.analysis().settings;
    std::vector<ldm::GenerateSettings> pictures;
    for (std::size_t prompt = 0; prompt < settings.prompts.size(); ++prompt)
        pictures.push_back(samplingOf(settings, prompt));
    const ldm::Conditioning all = ldm::prepare(networks, pictures);
    const auto prompts = all.prompts();
    m_recordings.samplesAtOnce =
        m_memory.batchBytes / sampleBytes(networks.info, int(all.noise.size(2)), int(all.noise.size(3)));
    const auto together =
        std::max<std::int64_t>(1, m_recordings.samplesAtOnce * prompts / all.condition.context.size(0));
    for (std::int64_t first = 0; first < prompts; first += together)
        m_recordings.groups.emplace_back().conditioning = all.slice(first, std::min(together, prompts - first));
}

std::optional<Recordings> Recorder::run() {
    group();
    if (!followAll()) return std::nullopt;
    m_recordings.activations = m_ranges.activations();
    return std::move(m_recordings);
}

/// Each process for itself, or each group of prompts by one process for all. False when stopped.
bool Recorder::followAll() {
    if (mayExchange()) {
        const ldm::Trajectory first(m_work.networks, m_recordings.groups.front().conditioning);
        const auto walked = walkOf(first); // tells all processes alike what fits into memory
        if (!walked) return false;
        decideWhatToKeep(*walked, first.steps());
        if (!*m_keepsWalks) return followTogether();
    }
    return std::all_of(m_recordings.groups.begin(), m_recordings.groups.end(),
                       [this](Recording& recording) { return follow(recording); });
}

/// Where walks are kept, all processes need them, and one group alone takes all of them the same time. What is not
/// float32 would have to be rounded on the way.
bool Recorder::mayExchange() const {
    const auto& settings = m_work.ledger.analysis().settings;
    return m_work.shared && m_recordings.groups.size() > 1 && settings.device == ldm::DeviceKind::Cpu &&
           settings.precision == ldm::Precision::Fp32;
}

/// Follows those groups that no other process follows, and takes over the rest. False when stopped.
bool Recorder::followTogether() {
    using Claim = SharedFolder::Claim;
    std::vector<std::size_t> open(m_recordings.groups.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    open = m_work.inOwnOrder(std::move(open));
    while (!open.empty()) {
        std::vector<std::size_t> busy;
        for (const std::size_t group : open) {
            auto& recording = m_recordings.groups[group];
            const TrajectoryExchange exchange(m_work, unitName("trajectories", {int(group)}));
            const Claim claim = m_work.shared->claim(exchange.unit());
            if (claim == Claim::Busy) {
                busy.push_back(group);
            } else if (claim == Claim::Done && exchange.read(recording, m_ranges)) {
                m_work.finishedRun(recording.prompts() * std::int64_t(recording.starts.size()));
            } else {
                if (!follow(recording)) return false;
                exchange.write(recording, m_ranges);
            }
        }
        if (busy.size() == open.size() && !m_work.shared->pause(m_work.stop)) return false;
        open = std::move(busy);
    }
    return true;
}

/// One run, watched. Nothing when stopped.
std::optional<Walk> Recorder::walkOf(const ldm::Trajectory& trajectory) {
    const int column = int(trajectory.index());
    ListeningArithmetic watched(m_work.full(), [&](const ldm::Layer& layer, const at::Tensor& x, const at::Tensor&) {
        m_ranges.observe(layer, x, column);
    });
    auto walked = walk(m_work.networks.unet, watched, trajectory.state(), m_work.stop);
    if (walked) requireFinite(m_work.networks, *walked, m_ranges.lostLayer(), trajectory.timestep());
    return walked;
}

void Recorder::decideWhatToKeep(const Walk& first, std::size_t runs) {
    const auto fits = m_memory.stateBytes / bytesOf(m_work.networks.unet, first);
    m_keepsWalks = std::int64_t(runs * m_recordings.groups.size()) <= fits;
    m_recordings.stepsInMemory = int(std::clamp<std::int64_t>(fits, 1, std::int64_t(runs)));
}

/// False when stopped.
bool Recorder::follow(Recording& recording) {
    ldm::Trajectory trajectory(m_work.networks, recording.conditioning);
    while (!trajectory.done()) {
        auto walked = walkOf(trajectory);
        if (!walked) return false;
        recording.starts.push_back(walked->front());
        recording.keyValues = walked->front().keyValues;
        recording.noises.push_back(walked->back().hidden);
        if (!m_keepsWalks) decideWhatToKeep(*walked, trajectory.steps());
        trajectory.advance(walked->back().hidden);
        if (*m_keepsWalks) recording.walks.push_back(std::move(*walked));
        m_work.finishedRun(recording.prompts());
    }
    recording.result = trajectory.denoised();
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

std::optional<Recordings> record(Work& work, const MemoryBudget& memory) {
    return Recorder(work, memory).run();
}

void addErrors(Ledger& ledger, Metric metric, quant::Format format, int row, const ColumnList& columns,
               const Recording& recording, const at::Tensor& y, const at::Tensor& yq) {
    for (std::int64_t prompt = 0; prompt < recording.prompts(); ++prompt)
        for (std::int64_t sample = prompt; sample < y.size(0); sample += recording.prompts())
            ledger.add(metric, format, row, columns, quant::errorSums(y.select(0, sample), yq.select(0, sample)));
}

} // namespace analysis
