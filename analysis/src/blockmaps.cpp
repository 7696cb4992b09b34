#include "blockmaps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

namespace analysis {

namespace {

constexpr std::array kBlockMetrics{Metric::Local, Metric::Output};

/// Work one cell of a row takes: `output` runs all that follows the block.
std::int64_t weightOf(Metric metric, int row, int rows) {
    return metric == Metric::Output ? rows - row : 1;
}

/// Joins the states of several steps to one batch, steps first. A tensor that stays from stage to stage, as skips do,
/// is joined once.
class Joiner {
public:
    ldm::UNetState join(const std::vector<Walk>& walks, Columns steps, int stage) {
        const auto stateOf = [&](int step) -> const ldm::UNetState& {
            return walks[std::size_t(steps.first + step)][std::size_t(stage)];
        };
        std::map<const void*, at::Tensor> joined;
        const auto join = [&](auto pick) {
            const void* key = pick(stateOf(0)).unsafeGetTensorImpl();
            if (m_joined.count(key)) joined[key] = m_joined[key];
            if (!joined.count(key)) {
                std::vector<at::Tensor> parts;
                for (int step = 0; step < steps.count; ++step) parts.push_back(pick(stateOf(step)));
                joined[key] = at::cat(parts);
            }
            return joined[key];
        };
        ldm::UNetState state = stateOf(0);
        state.timestep = join([](const ldm::UNetState& one) { return one.timestep; });
        state.hidden = join([](const ldm::UNetState& one) { return one.hidden; });
        if (state.timeEmbedding.defined())
            state.timeEmbedding = join([](const ldm::UNetState& one) { return one.timeEmbedding; });
        for (std::size_t skip = 0; skip < state.skips.size(); ++skip)
            state.skips[skip] = join([skip](const ldm::UNetState& one) { return one.skips[skip]; });
        m_joined = std::move(joined);
        return state;
    }

private:
    std::map<const void*, at::Tensor> m_joined; ///< of the latest stage, by the first step's tensor
};

/// Consecutive steps of one group of prompts whose states are in memory together.
struct Pass {
    const Recording* recording = nullptr;
    Columns columns;
    bool completes = false; ///< no prompt of these columns is left for a later pass
};

/// Some steps of a pass that run as one batch.
struct Batch {
    Columns steps; ///< within the pass
    Joiner joiner;
};

class BlockMaps {
public:
    BlockMaps(ldm::Networks& networks, const Recordings& recordings, Ledger& ledger, Meter& meter)
        : m_networks(networks), m_stages(networks.unet.stages()), m_recordings(recordings), m_ledger(ledger),
          m_meter(meter) {}

    bool run(std::stop_token stop) {
        for (const Pass& pass : passes())
            if (!run(pass, stop)) return false;
        return true;
    }

private:
    std::vector<Pass> passes() const;
    bool run(const Pass& pass, std::stop_token stop);
    std::optional<std::vector<Walk>> walksOf(const Pass& pass, std::stop_token stop) const;
    std::vector<Batch> batchesOf(const Pass& pass) const;
    bool isMissing(const Pass& pass, int stage) const;
    bool measure(const Pass& pass, const std::vector<Walk>& walks, std::vector<Batch>& batches, int stage,
                 quant::Format format, const std::stop_token& stop);
    void settle(const Pass& pass, Metric metric, int stage, quant::Format format);

    ldm::Networks& m_networks;
    const std::vector<ldm::Stage>& m_stages;
    const Recordings& m_recordings;
    Ledger& m_ledger;
    Meter& m_meter;
};

std::vector<Pass> BlockMaps::passes() const {
    const int steps = int(m_ledger.analysis().timesteps.size());
    const int together = m_recordings.stepsInMemory;
    std::vector<Pass> all;
    for (int first = 0; first < steps; first += together)
        for (const auto& group : m_recordings.groups)
            all.push_back({&group, {first, std::min(together, steps - first)}, &group == &m_recordings.groups.back()});
    return all;
}

/// The pass's full-precision states, kept or run again. Nothing when stopped.
std::optional<std::vector<Walk>> BlockMaps::walksOf(const Pass& pass, std::stop_token stop) const {
    const auto& recording = *pass.recording;
    std::vector<Walk> walks;
    for (int column = pass.columns.first; column < pass.columns.first + pass.columns.count; ++column) {
        const auto step = std::size_t(column);
        if (!recording.walks.empty()) {
            walks.push_back(recording.walks[step]);
            continue;
        }
        auto walked = walk(m_networks.unet, m_networks.unetArithmetic, recording.starts[step], stop);
        if (!walked) return std::nullopt;
        walks.push_back(std::move(*walked));
    }
    return walks;
}

std::vector<Batch> BlockMaps::batchesOf(const Pass& pass) const {
    const int most = int(std::max<std::int64_t>(1, m_recordings.samplesAtOnce / pass.recording->rows()));
    const int count = (pass.columns.count + most - 1) / most;
    const int together = (pass.columns.count + count - 1) / count; // batches of about equal size
    std::vector<Batch> all;
    for (int first = 0; first < pass.columns.count; first += together)
        all.push_back({{first, std::min(together, pass.columns.count - first)}, {}});
    return all;
}

bool BlockMaps::isMissing(const Pass& pass, int stage) const {
    const auto variants = m_ledger.variants();
    return std::any_of(variants.begin(), variants.end(), [&](quant::Format format) {
        return m_ledger.missing(Metric::Local, format, stage, pass.columns) > 0 ||
               m_ledger.missing(Metric::Output, format, stage, pass.columns) > 0;
    });
}

bool BlockMaps::run(const Pass& pass, std::stop_token stop) {
    std::vector<int> stages;
    for (int stage = 0; stage < int(m_stages.size()); ++stage)
        if (isMissing(pass, stage)) stages.push_back(stage);
    if (stages.empty()) return true;
    const auto walks = walksOf(pass, stop);
    if (!walks) return false;
    auto batches = batchesOf(pass);
    for (const int stage : stages)
        for (const auto format : m_ledger.variants())
            if (!measure(pass, *walks, batches, stage, format, stop)) return false;
    return true;
}

/// False when stopped.
bool BlockMaps::measure(const Pass& pass, const std::vector<Walk>& walks, std::vector<Batch>& batches, int stage,
                        quant::Format format, const std::stop_token& stop) {
    const bool local = m_ledger.missing(Metric::Local, format, stage, pass.columns) > 0;
    const bool output = m_ledger.missing(Metric::Output, format, stage, pass.columns) > 0;
    if (!local && !output) return true;
    const auto& block = m_stages[std::size_t(stage)];
    const auto arithmetic = variant(m_networks, m_recordings.calibration, format);
    for (auto& batch : batches) {
        const auto compare = [&](Metric metric, std::size_t at, const ldm::Stage& judged, const at::Tensor& altered) {
            const auto rows = pass.recording->rows();
            for (int i = 0; i < batch.steps.count; ++i) {
                const auto& full = walks[std::size_t(batch.steps.first + i)][at];
                addErrors(m_ledger, metric, format, stage, pass.columns.first + batch.steps.first + i, *pass.recording,
                          ldm::UNet::output(judged, full), altered.narrow(0, i * rows, rows));
            }
        };
        ldm::UNetState state = batch.joiner.join(walks, batch.steps, stage);
        state.keyValues = nullptr; // the recorded ones are full precision
        if (!runs(*arithmetic, stop, [&](ldm::Arithmetic& running) { block.run(running, state); })) return false;
        if (local) compare(Metric::Local, std::size_t(stage) + 1, block, ldm::UNet::output(block, state));
        if (!output) continue;
        state.keyValues = pass.recording->keyValues;
        at::Tensor noise;
        const auto rest = [&](ldm::Arithmetic& running) {
            noise = m_networks.unet.finish(running, std::move(state), std::size_t(stage) + 1);
        };
        if (!runs(m_networks.unetArithmetic, stop, rest)) return false;
        compare(Metric::Output, m_stages.size(), m_stages.back(), noise);
    }
    if (local) settle(pass, Metric::Local, stage, format);
    if (output) settle(pass, Metric::Output, stage, format);
    return true;
}

void BlockMaps::settle(const Pass& pass, Metric metric, int stage, quant::Format format) {
    const auto cells = m_ledger.missing(metric, format, stage, pass.columns);
    const auto units = cells * weightOf(metric, stage, int(m_stages.size())) * pass.recording->prompts();
    if (pass.completes) m_ledger.settle(metric, format, stage, pass.columns);
    m_meter.finished(describe(metric, format), units);
}

} // namespace

bool measureBlocks(ldm::Networks& networks, const Recordings& recordings, Ledger& ledger, std::stop_token stop,
                   Meter& meter) {
    return BlockMaps(networks, recordings, ledger, meter).run(stop);
}

std::int64_t blockUnits(const Ledger& ledger) {
    const int rows = int(ledger.analysis().blocks.size());
    const Columns all{0, int(ledger.analysis().timesteps.size())};
    std::int64_t units = 0;
    for (const auto metric : kBlockMetrics)
        for (const auto format : ledger.variants())
            for (int row = 0; row < rows; ++row)
                units += ledger.missing(metric, format, row, all) * weightOf(metric, row, rows);
    return units * std::int64_t(ledger.analysis().settings.prompts.size());
}

} // namespace analysis
