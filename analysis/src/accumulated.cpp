#include "accumulated.h"

#include "altered.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <map>

namespace analysis {

namespace {

/// The trajectories of one group of prompts.
struct Lane {
    const Recording* recording = nullptr;
    ldm::Trajectory full;
    std::vector<ldm::Trajectory> altered; ///< by format
};

/// Told what a row of a stage has put out; valid during the call.
using OutputSink = std::function<void(int row, const at::Tensor& output)>;

class AccumulatedMaps {
public:
    AccumulatedMaps(Work& work, const Recordings& recordings, Variants& variants, std::vector<quant::Format> formats)
        : m_work(work), m_recordings(recordings), m_variants(variants), m_formats(std::move(formats)) {
        m_rowOf.resize(work.networks.info.layers.size());
        for (std::size_t row = 0; row < work.rows.size(); ++row)
            for (const int layer : work.rows[row].layers) m_rowOf[std::size_t(layer)] = int(row);
    }

    /// Runs all formats beside full precision. False when stopped.
    bool run();

private:
    bool advance(Lane& lane);
    bool runStage(ldm::Arithmetic& arithmetic, std::size_t stage, ldm::UNetState& state, const OutputSink& sink);
    ldm::UNetState stateOf(const ldm::Trajectory& trajectory) const;

    Work& m_work;
    const Recordings& m_recordings;
    Variants& m_variants;
    std::vector<quant::Format> m_formats;
    std::vector<int> m_rowOf; ///< by layer
};

/// Layers that depend on the prompt alone are run at every step where each layer is a row.
ldm::UNetState AccumulatedMaps::stateOf(const ldm::Trajectory& trajectory) const {
    ldm::UNetState state = trajectory.state();
    if (m_work.level() == Level::Layer) state.keyValues = nullptr;
    return state;
}

/// False when stopped.
bool AccumulatedMaps::runStage(ldm::Arithmetic& arithmetic, std::size_t stage, ldm::UNetState& state,
                               const OutputSink& sink) {
    const auto& block = m_work.stages()[stage];
    const auto run = [&](ldm::Arithmetic& running) { block.run(running, state); };
    if (m_work.level() == Level::Layer) {
        ListeningArithmetic listening(arithmetic, [&](const ldm::Layer& layer, const at::Tensor&, const at::Tensor& y) {
            sink(m_rowOf[std::size_t(layer.id)], y);
        });
        return runs(listening, m_work.stop, run);
    }
    if (!runs(arithmetic, m_work.stop, run)) return false;
    sink(int(stage), ldm::UNet::output(block, state));
    return true;
}

/// Advances a lane by one step, comparing row by row. False when stopped.
bool AccumulatedMaps::advance(Lane& lane) {
    const int column = int(lane.full.index());
    ldm::UNetState full = stateOf(lane.full);
    std::vector<ldm::UNetState> altered;
    for (const auto& trajectory : lane.altered) altered.push_back(stateOf(trajectory));
    const bool mayChange = m_work.level() == Level::Layer; // the network changes results of layers in place
    for (std::size_t stage = 0; stage < m_work.stages().size(); ++stage) {
        std::map<int, at::Tensor> expected; // by row, of this stage
        const auto keep = [&](int row, const at::Tensor& y) { expected[row] = mayChange ? y.clone() : y; };
        if (!runStage(m_work.full(), stage, full, keep)) return false;
        for (std::size_t i = 0; i < m_formats.size(); ++i) {
            const auto compare = [&](int row, const at::Tensor& y) {
                if (m_work.ledger.missing(Metric::Accumulated, m_formats[i], row, {column}) > 0)
                    addErrors(m_work.ledger, Metric::Accumulated, m_formats[i], row, {column}, *lane.recording,
                              expected.at(row), y);
            };
            if (!runStage(m_variants.of(m_formats[i]), stage, altered[i], compare)) return false;
        }
    }
    lane.full.advance(full.hidden);
    for (std::size_t i = 0; i < m_formats.size(); ++i) lane.altered[i].advanceAnyhow(altered[i].hidden);
    return true;
}

bool AccumulatedMaps::run() {
    std::vector<Lane> lanes;
    for (const auto& recording : m_recordings.groups) {
        auto& lane = lanes.emplace_back(Lane{&recording, ldm::Trajectory(m_work.networks, recording.conditioning), {}});
        for (std::size_t i = 0; i < m_formats.size(); ++i)
            lane.altered.emplace_back(m_work.networks, recording.conditioning);
    }
    for (const int column : m_work.ledger.allColumns())
        for (auto& lane : lanes) {
            if (!advance(lane)) return false;
            for (const auto format : m_formats)
                for (int row = 0; row < int(m_work.rows.size()); ++row)
                    if (m_work.ledger.missing(Metric::Accumulated, format, row, {column}) > 0)
                        m_work.finished(Metric::Accumulated, format, row, {column}, lane.recording->prompts(),
                                        &lane == &lanes.back());
        }
    return true;
}

using FormatLists = std::vector<std::vector<quant::Format>>;

FormatLists eachAlone(const std::vector<quant::Format>& formats) {
    FormatLists all;
    for (const auto format : formats) all.push_back({format});
    return all;
}

std::int64_t unitsOf(const Work& work, const std::vector<quant::Format>& formats) {
    std::int64_t total = 0;
    for (int row = 0; row < int(work.rows.size()); ++row)
        total += work.unitsOf(Metric::Accumulated, formats, row, work.ledger.allColumns());
    return total;
}

} // namespace

bool measureAccumulated(Work& work, const Recordings& recordings, Variants& variants) {
    std::vector<quant::Format> formats;
    for (const auto format : work.ledger.variants())
        if (work.ledger.isMissing(Metric::Accumulated, format, work.ledger.allColumns())) formats.push_back(format);
    if (formats.empty()) return true;
    // Where weights are not kept side by side, or others take some, variants go one after the other, each beside full
    // precision.
    const bool areTogether = variants.keeps(formats.size()) && !work.shared;
    for (const auto& some : areTogether ? FormatLists(1, formats) : eachAlone(formats)) {
        const std::string unit = describe(Metric::Accumulated, some.front());
        if (!work.isOurs(unit, unitsOf(work, some))) continue;
        if (!AccumulatedMaps(work, recordings, variants, some).run()) return false;
        work.handIn(unit);
    }
    return true;
}

} // namespace analysis
