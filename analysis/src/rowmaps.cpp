#include "rowmaps.h"

#include "altered.h"
#include "joining.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

/// What a row is altered in: the states of a pass before every stage, and what computes all but the row. For `others`
/// that is the variant, and the row is in full precision.
struct Ground {
    ldm::Arithmetic* arithmetic = nullptr;
    std::vector<Walk> walks; ///< by column of the pass
    std::shared_ptr<ldm::KeyValueCache> keyValues;
};

/// Some columns of a pass that run as one batch.
struct Batch {
    ColumnList places; ///< of the columns within the pass
    Joiner joiner;
};

class RowMaps {
public:
    RowMaps(Work& work, const Recordings& recordings, Variants& variants, Metric metric)
        : m_work(work), m_recordings(recordings), m_variants(variants), m_metric(metric) {}

    bool run(const ColumnList& columns);

private:
    bool run(const Pass& pass);
    bool runOthers(const Pass& pass, quant::Format format);
    bool isMissing(const Pass& pass, quant::Format format) const;
    bool isForUs(const Pass& pass, int row, quant::Format format);
    std::string unitOf(const Pass& pass, int row, quant::Format format) const;
    std::optional<Ground> fullGround(const Pass& pass);
    std::optional<Ground> alteredGround(const Pass& pass, quant::Format format);
    std::vector<Batch> batchesOf(const Pass& pass) const;
    bool measure(const Pass& pass, const Ground& ground, std::vector<Batch>& batches, int row, quant::Format format);
    at::Tensor resultOf(const Ground& ground, ldm::UNetState state, std::size_t stage);
    const at::Tensor& expected(const Pass& pass, const Ground& ground, std::size_t stage, int place) const;

    Work& m_work;
    const Recordings& m_recordings;
    Variants& m_variants;
    Metric m_metric;
};

bool RowMaps::run(const ColumnList& columns) {
    for (const auto& portion : m_work.inOwnOrder(fullPortionsOf(columns, m_recordings.stepsInMemory)))
        for (const Pass& pass : passesOf(m_recordings, portion))
            if (!run(pass)) return false;
    return true;
}

bool RowMaps::isMissing(const Pass& pass, quant::Format format) const {
    return m_work.ledger.isMissing(m_metric, format, pass.columns);
}

std::string RowMaps::unitOf(const Pass& pass, int row, quant::Format format) const {
    return unitName(describe(m_metric, format) + " of row " + std::to_string(row) + " at columns", pass.columns);
}

/// True if the row is missing in the format and this process is to measure it.
bool RowMaps::isForUs(const Pass& pass, int row, quant::Format format) {
    const auto missing = m_work.unitsOf(m_metric, {format}, row, pass.columns);
    return missing > 0 && m_work.isOurs(unitOf(pass, row, format), missing);
}

bool RowMaps::run(const Pass& pass) {
    std::vector<quant::Format> formats;
    for (const auto format : m_work.ledger.variants())
        if (isMissing(pass, format)) formats.push_back(format);
    if (m_metric == Metric::Others)
        return std::all_of(formats.begin(), formats.end(),
                           [&](quant::Format format) { return runOthers(pass, format); });
    std::optional<Ground> ground; // not before something is to be measured on it
    auto batches = batchesOf(pass);
    for (int row = 0; row < int(m_work.rows.size()); ++row)
        for (const auto format : formats) {
            if (!isForUs(pass, row, format)) continue;
            if (!ground) ground = fullGround(pass);
            if (!ground || !measure(pass, *ground, batches, row, format)) return false;
            m_variants.forget(); // no other row uses these weights
        }
    return true;
}

/// False when stopped.
bool RowMaps::runOthers(const Pass& pass, quant::Format format) {
    std::optional<Ground> ground;
    auto batches = batchesOf(pass);
    for (int row = 0; row < int(m_work.rows.size()); ++row) {
        if (!isForUs(pass, row, format)) continue;
        if (!ground) ground = alteredGround(pass, format);
        if (!ground || !measure(pass, *ground, batches, row, format)) return false;
    }
    return true;
}

/// Full-precision states, kept or run again. Nothing when stopped.
std::optional<Ground> RowMaps::fullGround(const Pass& pass) {
    const auto& recording = *pass.recording;
    Ground ground{&m_work.full(), {}, recording.keyValues};
    for (const int column : pass.columns) {
        if (!recording.walks.empty()) {
            ground.walks.push_back(recording.walks[std::size_t(column)]);
            continue;
        }
        auto walked = walk(m_work.networks.unet, m_work.full(), recording.starts[std::size_t(column)], m_work.stop);
        if (!walked) return std::nullopt;
        ground.walks.push_back(std::move(*walked));
    }
    return ground;
}

/// States with everything altered, from the full-precision latents. Nothing when stopped.
std::optional<Ground> RowMaps::alteredGround(const Pass& pass, quant::Format format) {
    Ground ground{&m_variants.of(format), {}, std::make_shared<ldm::KeyValueCache>()};
    for (const int column : pass.columns) {
        ldm::UNetState start = pass.recording->starts[std::size_t(column)];
        start.keyValues = ground.keyValues;
        auto walked = walk(m_work.networks.unet, *ground.arithmetic, std::move(start), m_work.stop);
        if (!walked) return std::nullopt;
        ground.walks.push_back(std::move(*walked));
    }
    return ground;
}

std::vector<Batch> RowMaps::batchesOf(const Pass& pass) const {
    ColumnList places(pass.columns.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = int(i);
    const int most = int(std::max<std::int64_t>(1, m_recordings.samplesAtOnce / pass.recording->rows()));
    std::vector<Batch> all;
    for (auto& portion : portionsOf(places, most)) all.push_back({std::move(portion), {}});
    return all;
}

/// What the altered row leads to at the place where the metric compares.
at::Tensor RowMaps::resultOf(const Ground& ground, ldm::UNetState state, std::size_t stage) {
    const auto& block = m_work.stages()[stage];
    if (m_metric == Metric::Local) return ldm::UNet::output(block, state);
    state.keyValues = ground.keyValues;
    at::Tensor noise;
    const auto rest = [&](ldm::Arithmetic& running) {
        noise = m_work.networks.unet.finish(running, std::move(state), stage + 1);
    };
    runs(*ground.arithmetic, m_work.stop, rest);
    return noise;
}

const at::Tensor& RowMaps::expected(const Pass& pass, const Ground& ground, std::size_t stage, int place) const {
    if (m_metric != Metric::Local) return pass.recording->noises[std::size_t(pass.columns[std::size_t(place)])];
    return ldm::UNet::output(m_work.stages()[stage], ground.walks[std::size_t(place)][stage + 1]);
}

/// One row in one format. False when stopped.
bool RowMaps::measure(const Pass& pass, const Ground& ground, std::vector<Batch>& batches, int row,
                      quant::Format format) {
    const auto& [stage, layers] = m_work.rows[std::size_t(row)];
    auto& altered = m_metric == Metric::Others ? m_work.full() : m_variants.of(format);
    SelectiveArithmetic arithmetic(*ground.arithmetic, altered, layers);
    const auto samples = pass.recording->rows();
    for (auto& batch : batches) {
        std::vector<const Walk*> walks;
        for (const int place : batch.places) walks.push_back(&ground.walks[std::size_t(place)]);
        ldm::UNetState state = batch.joiner.join(walks, stage);
        state.keyValues = nullptr; // the kept ones were computed without the row's alteration
        const auto& block = m_work.stages()[std::size_t(stage)];
        if (!runs(arithmetic, m_work.stop, [&](ldm::Arithmetic& running) { block.run(running, state); })) return false;
        const at::Tensor result = resultOf(ground, std::move(state), std::size_t(stage));
        if (!result.defined()) return false;
        for (std::size_t i = 0; i < batch.places.size(); ++i) {
            const int place = batch.places[i];
            addErrors(m_work.ledger, m_metric, format, row, {pass.columns[std::size_t(place)]}, *pass.recording,
                      expected(pass, ground, std::size_t(stage), place),
                      result.narrow(0, std::int64_t(i) * samples, samples));
        }
    }
    m_work.finished(m_metric, format, row, pass.columns, pass.recording->prompts(), pass.isLast);
    if (pass.isLast) m_work.handIn(unitOf(pass, row, format));
    return true;
}

} // namespace

bool measureRows(Work& work, const Recordings& recordings, Variants& variants, Metric metric,
                 const ColumnList& columns) {
    return RowMaps(work, recordings, variants, metric).run(columns);
}

} // namespace analysis
