#include "blockmaps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

namespace analysis {

namespace {

/// Batches whose states are kept side by side, so that a block is prepared once for all of them.
constexpr int kBatchesPerPass = 4;

/// Some steps of some prompts on their way through the UNet in full precision.
struct Batch {
    int firstStep = 0;
    ldm::UNetState state;  ///< before the stage in hand
    ldm::UNetState next;   ///< after it
    at::Tensor prediction; ///< of the whole UNet; defined only where `output` is measured
};

/// Consecutive steps of one group of prompts.
struct Pass {
    const Recording* recording = nullptr;
    Columns columns;
    bool completes = false; ///< no prompt of these columns is left for a later pass
};

/// Work one row takes beside the other metrics' rows: `output` runs all that follows the block.
std::int64_t weightOf(Metric metric, int row, int rows) {
    return metric == Metric::Output ? rows - row : 1;
}

constexpr std::array kBlockMetrics{Metric::Local, Metric::Output};

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
    std::vector<Batch> batches(const Pass& pass) const;
    int lastMissing(const Pass& pass) const;
    int missing(Metric metric, int stage, Columns columns) const;
    void measure(const Pass& pass, std::vector<Batch>& batches, int stage, quant::Format format);
    void settle(const Pass& pass, Metric metric, int stage, quant::Format format);

    ldm::Networks& m_networks;
    const std::vector<ldm::Stage>& m_stages;
    const Recordings& m_recordings;
    Ledger& m_ledger;
    Meter& m_meter;
};

std::int64_t stepsPerBatch(const ldm::Networks& networks, const AnalysisSettings& settings, const Recording& group) {
    return std::max<std::int64_t>(1, samplesAtOnce(networks.info, settings) / group.rows());
}

std::vector<Pass> BlockMaps::passes() const {
    const auto& settings = m_ledger.analysis().settings;
    const int steps = int(m_ledger.analysis().timesteps.size());
    const auto atOnce = int(std::min<std::int64_t>(
        steps, kBatchesPerPass * stepsPerBatch(m_networks, settings, m_recordings.groups.front())));
    std::vector<Pass> all;
    for (int first = 0; first < steps; first += atOnce)
        for (const auto& group : m_recordings.groups)
            all.push_back({&group, {first, std::min(atOnce, steps - first)}, &group == &m_recordings.groups.back()});
    return all;
}

std::vector<Batch> BlockMaps::batches(const Pass& pass) const {
    const auto& timesteps = m_ledger.analysis().timesteps;
    const auto& recording = *pass.recording;
    const auto atOnce = int(stepsPerBatch(m_networks, m_ledger.analysis().settings, m_recordings.groups.front()));
    const int end = pass.columns.first + pass.columns.count;
    std::vector<Batch> all;
    for (int first = pass.columns.first; first < end; first += atOnce) {
        const int last = std::min(first + atOnce, end);
        std::vector<float> times;
        for (int step = first; step < last; ++step)
            times.insert(times.end(), std::size_t(recording.rows()), float(timesteps[std::size_t(step)]));
        const auto inputs =
            at::ArrayRef<at::Tensor>(recording.inputs).slice(std::size_t(first), std::size_t(last - first));
        auto& batch = all.emplace_back();
        batch.firstStep = first;
        batch.state = m_networks.unet.start(at::cat(inputs), at::tensor(times), recording.conditioning.context);
        batch.state.keyValues = recording.keyValues;
    }
    return all;
}

/// Cells of a stage missing in any variant.
int BlockMaps::missing(Metric metric, int stage, Columns columns) const {
    int cells = 0;
    for (const auto format : m_ledger.variants()) cells += m_ledger.missing(metric, format, stage, columns);
    return cells;
}

/// The last stage with something left to measure; -1 if there is none.
int BlockMaps::lastMissing(const Pass& pass) const {
    int stage = int(m_stages.size()) - 1;
    while (stage >= 0 &&
           missing(Metric::Local, stage, pass.columns) + missing(Metric::Output, stage, pass.columns) == 0)
        --stage;
    return stage;
}

bool BlockMaps::run(const Pass& pass, std::stop_token stop) {
    const int last = lastMissing(pass);
    if (last < 0) return true;
    if (stop.stop_requested()) return false;
    auto running = batches(pass);
    for (int stage = 0; stage <= last; ++stage) {
        for (auto& batch : running) {
            const bool needsPrediction =
                !batch.prediction.defined() && missing(Metric::Output, stage, pass.columns) > 0;
            if (needsPrediction)
                batch.prediction = m_networks.unet.finish(m_networks.unetArithmetic, batch.state, std::size_t(stage));
            batch.next = batch.state;
            m_stages[std::size_t(stage)].run(m_networks.unetArithmetic, batch.next);
        }
        for (const auto format : m_ledger.variants()) {
            if (stop.stop_requested()) return false;
            measure(pass, running, stage, format);
        }
        for (auto& batch : running) batch.state = std::move(batch.next);
    }
    return true;
}

void BlockMaps::measure(const Pass& pass, std::vector<Batch>& running, int stage, quant::Format format) {
    const bool local = m_ledger.missing(Metric::Local, format, stage, pass.columns) > 0;
    const bool output = m_ledger.missing(Metric::Output, format, stage, pass.columns) > 0;
    if (!local && !output) return;
    const auto& block = m_stages[std::size_t(stage)];
    const auto arithmetic = variant(m_networks, m_recordings.calibration, format);
    for (const auto& batch : running) {
        ldm::UNetState state = batch.state;
        state.keyValues = nullptr; // the shared ones are full precision
        block.run(*arithmetic, state);
        if (local)
            addErrors(m_ledger, Metric::Local, format, stage, batch.firstStep, *pass.recording,
                      ldm::UNet::output(block, batch.next), ldm::UNet::output(block, state));
        if (!output) continue;
        state.keyValues = batch.state.keyValues;
        addErrors(m_ledger, Metric::Output, format, stage, batch.firstStep, *pass.recording, batch.prediction,
                  m_networks.unet.finish(m_networks.unetArithmetic, std::move(state), std::size_t(stage) + 1));
    }
    if (local) settle(pass, Metric::Local, stage, format);
    if (output) settle(pass, Metric::Output, stage, format);
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
