#include "accumulated.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

namespace analysis {

namespace {

/// Altered weights that may be held at the same time; variants beyond it get trajectories of their own later.
constexpr std::int64_t kWeightBytes = std::int64_t{256} << 20;

/// One altered way to compute, and its weights.
struct Variant {
    quant::Format format;
    std::unique_ptr<ldm::Arithmetic> arithmetic;
};

/// The trajectories of one group of prompts.
struct Lane {
    const Recording* recording = nullptr;
    ldm::Trajectory full;
    std::vector<ldm::Trajectory> altered; ///< by variant
};

bool isMissing(const Ledger& ledger, quant::Format format) {
    const Columns all{0, int(ledger.analysis().timesteps.size())};
    for (int row = 0; row < int(ledger.analysis().blocks.size()); ++row)
        if (ledger.missing(Metric::Accumulated, format, row, all) > 0) return true;
    return false;
}

std::vector<quant::Format> missingFormats(const Ledger& ledger) {
    std::vector<quant::Format> formats;
    for (const auto format : ledger.variants())
        if (isMissing(ledger, format)) formats.push_back(format);
    return formats;
}

/// Advances a lane by one step, comparing after every block. False when stopped.
bool advance(ldm::Networks& networks, Ledger& ledger, const std::vector<Variant>& variants, Lane& lane,
             const std::stop_token& stop) {
    const int step = int(lane.full.index());
    ldm::UNetState full = lane.full.state();
    std::vector<ldm::UNetState> altered;
    for (const auto& trajectory : lane.altered) altered.push_back(trajectory.state());
    const auto& stages = networks.unet.stages();
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
        const auto block = [&](ldm::UNetState& state) {
            return [&](ldm::Arithmetic& running) { stages[stage].run(running, state); };
        };
        if (!runs(networks.unetArithmetic, stop, block(full))) return false;
        for (std::size_t i = 0; i < variants.size(); ++i) {
            if (!runs(*variants[i].arithmetic, stop, block(altered[i]))) return false;
            if (ledger.missing(Metric::Accumulated, variants[i].format, int(stage), {step, 1}) > 0)
                addErrors(ledger, Metric::Accumulated, variants[i].format, int(stage), step, *lane.recording,
                          ldm::UNet::output(stages[stage], full), ldm::UNet::output(stages[stage], altered[i]));
        }
    }
    lane.full.advance(full.hidden);
    for (std::size_t i = 0; i < variants.size(); ++i) lane.altered[i].advanceAnyhow(altered[i].hidden);
    return true;
}

/// Settles one column of all variants.
void settle(Ledger& ledger, const std::vector<Variant>& variants, int step) {
    for (const auto& variant : variants)
        for (int row = 0; row < int(ledger.analysis().blocks.size()); ++row)
            if (ledger.missing(Metric::Accumulated, variant.format, row, {step, 1}) > 0)
                ledger.settle(Metric::Accumulated, variant.format, row, {step, 1});
}

/// Runs some variants beside full precision. False when stopped.
bool run(ldm::Networks& networks, const Recordings& recordings, const std::vector<Variant>& variants, Ledger& ledger,
         std::stop_token stop, Meter& meter) {
    std::vector<Lane> lanes;
    for (const auto& recording : recordings.groups) {
        auto& lane = lanes.emplace_back(Lane{&recording, ldm::Trajectory(networks, recording.conditioning), {}});
        for (std::size_t i = 0; i < variants.size(); ++i) lane.altered.emplace_back(networks, recording.conditioning);
    }
    for (int step = 0; step < int(ledger.analysis().timesteps.size()); ++step) {
        for (auto& lane : lanes) {
            if (!advance(networks, ledger, variants, lane, stop)) return false;
            meter.finished("accumulated",
                           std::int64_t(networks.info.blocks.size() * variants.size()) * lane.recording->prompts());
        }
        settle(ledger, variants, step);
    }
    return true;
}

} // namespace

bool measureAccumulated(ldm::Networks& networks, const Recordings& recordings, Ledger& ledger, std::stop_token stop,
                        Meter& meter) {
    std::int64_t weights = 0;
    for (const auto& layer : networks.info.layers) weights += layer.weights() * std::int64_t(sizeof(float));
    const auto together = std::size_t(std::max<std::int64_t>(1, kWeightBytes / std::max<std::int64_t>(1, weights)));
    const auto formats = missingFormats(ledger);
    for (std::size_t first = 0; first < formats.size(); first += together) {
        std::vector<Variant> variants;
        for (std::size_t i = first; i < std::min(first + together, formats.size()); ++i)
            variants.push_back({formats[i], variant(networks, recordings.calibration, formats[i])});
        if (!run(networks, recordings, variants, ledger, stop, meter)) return false;
    }
    return true;
}

std::int64_t accumulatedUnits(const Ledger& ledger) {
    const auto& analysis = ledger.analysis();
    return std::int64_t(missingFormats(ledger).size() * analysis.blocks.size() * analysis.timesteps.size() *
                        analysis.settings.prompts.size());
}

} // namespace analysis
