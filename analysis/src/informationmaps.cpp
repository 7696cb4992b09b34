#include "informationmaps.h"

#include "altered.h"

#include <analysis/information.h>

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

namespace analysis {

namespace {

/// Samples of one row's output, a piece for each map they were taken from. Full precision is fp32.
using RowSamples = std::map<quant::Format, std::vector<at::Tensor>>;

class InformationMaps {
public:
    InformationMaps(Work& work, const Recordings& recordings, Variants& variants)
        : m_work(work), m_recordings(recordings), m_variants(variants) {}

    bool run(int column);

private:
    std::vector<quant::Format> missing(int row, int column) const;
    bool isForUs(int row, int column);
    std::optional<std::vector<RowSamples>> samplesAt(int column);
    std::optional<Walk> walkOf(const Recording& recording, int column);
    bool sample(const Recording& recording, const Walk& walk, int row, int column, RowSamples& samples);
    bool sampleBlock(const Recording& recording, const Walk& walk, int row, int column, RowSamples& samples);
    bool sampleLayer(const Recording& recording, const Walk& walk, int row, int column, RowSamples& samples);
    void take(const Recording& recording, const at::Tensor& output, std::vector<at::Tensor>& pieces) const;
    bool estimate(int row, int column, const RowSamples& samples);

    Work& m_work;
    const Recordings& m_recordings;
    Variants& m_variants;
    InformationSettings m_settings;
};

std::string unitOf(int row, int column) {
    return unitName("information of row " + std::to_string(row) + " at column", {column});
}

std::vector<quant::Format> InformationMaps::missing(int row, int column) const {
    std::vector<quant::Format> formats;
    for (const auto format : m_work.ledger.variants())
        if (m_work.ledger.missing(Metric::Information, format, row, {column}) > 0) formats.push_back(format);
    return formats;
}

bool InformationMaps::isForUs(int row, int column) {
    const auto units = m_work.unitsOf(Metric::Information, missing(row, column), row, {column});
    return units > 0 && m_work.isOurs(unitOf(row, column), units);
}

/// False when stopped.
bool InformationMaps::run(int column) {
    std::optional<std::vector<RowSamples>> samples; // not before something is to be estimated from them
    for (int row = 0; row < int(m_work.rows.size()); ++row) {
        if (!isForUs(row, column)) continue;
        if (!samples) samples = samplesAt(column);
        if (!samples || !estimate(row, column, (*samples)[std::size_t(row)])) return false;
        m_work.handIn(unitOf(row, column));
    }
    return true;
}

/// Of all rows that lack something. Nothing when stopped.
std::optional<std::vector<RowSamples>> InformationMaps::samplesAt(int column) {
    std::vector<RowSamples> samples(m_work.rows.size());
    for (const Recording& recording : m_recordings.groups) {
        const auto walked = walkOf(recording, column);
        if (!walked) return std::nullopt;
        for (std::size_t row = 0; row < samples.size(); ++row) {
            if (!sample(recording, *walked, int(row), column, samples[row])) return std::nullopt;
            m_variants.forget(); // no other row uses these weights
        }
    }
    return samples;
}

std::optional<Walk> InformationMaps::walkOf(const Recording& recording, int column) {
    if (!recording.walks.empty()) return recording.walks[std::size_t(column)];
    return walk(m_work.networks.unet, m_work.full(), recording.starts[std::size_t(column)], m_work.stop);
}

/// False when stopped.
bool InformationMaps::sample(const Recording& recording, const Walk& walk, int row, int column, RowSamples& samples) {
    return m_work.level() == Level::Layer ? sampleLayer(recording, walk, row, column, samples)
                                          : sampleBlock(recording, walk, row, column, samples);
}

bool InformationMaps::sampleBlock(const Recording& recording, const Walk& walk, int row, int column,
                                  RowSamples& samples) {
    const auto& [stage, layers] = m_work.rows[std::size_t(row)];
    const auto& block = m_work.stages()[std::size_t(stage)];
    const auto formats = missing(row, column);
    if (!formats.empty())
        take(recording, ldm::UNet::output(block, walk[std::size_t(stage) + 1]), samples[quant::Format{}]);
    return std::all_of(formats.begin(), formats.end(), [&](quant::Format format) {
        SelectiveArithmetic arithmetic(m_work.full(), m_variants.of(format), layers);
        ldm::UNetState state = walk[std::size_t(stage)];
        state.keyValues = nullptr; // the kept ones were computed without the row's alteration
        if (!runs(arithmetic, m_work.stop, [&](ldm::Arithmetic& running) { block.run(running, state); })) return false;
        take(recording, ldm::UNet::output(block, state), samples[format]);
        return true;
    });
}

bool InformationMaps::sampleLayer(const Recording& recording, const Walk& walk, int row, int column,
                                  RowSamples& samples) {
    const auto& [stage, layers] = m_work.rows[std::size_t(row)];
    const auto formats = missing(row, column);
    if (formats.empty()) return true;
    ListeningArithmetic listening(m_work.full(),
                                  [&](const ldm::Layer& layer, const at::Tensor& x, const at::Tensor& y) {
                                      if (layer.id != layers.front()) return;
                                      take(recording, y, samples[quant::Format{}]);
                                      for (const auto format : formats)
                                          take(recording, computed(m_variants.of(format), layer, x), samples[format]);
                                  });
    ldm::UNetState state = walk[std::size_t(stage)];
    state.keyValues = nullptr; // layers that depend on the prompt alone are rows too
    const auto& block = m_work.stages()[std::size_t(stage)];
    return runs(listening, m_work.stop, [&](ldm::Arithmetic& running) { block.run(running, state); });
}

/// As many of every sample, in the order of the prompts, so that nothing depends on how prompts were grouped.
void InformationMaps::take(const Recording& recording, const at::Tensor& output,
                           std::vector<at::Tensor>& pieces) const {
    const auto prompts = recording.prompts();
    const auto all = std::int64_t(m_work.ledger.analysis().settings.prompts.size()) * output.size(0) / prompts;
    const std::int64_t most = std::max<std::int64_t>(1, m_settings.samples / all);
    for (std::int64_t prompt = 0; prompt < prompts; ++prompt)
        for (std::int64_t sample = prompt; sample < output.size(0); sample += prompts)
            pieces.push_back(informationSamples(output.narrow(0, sample, 1), most, m_settings.dimensions,
                                                std::uint64_t(pieces.size())));
}

/// What `measure` returns, or what stands for a cell that cannot be told.
template <typename Measure> auto unlessUnknowable(const Measure& measure, bool& isKnown) -> decltype(measure()) {
    try {
        return measure();
    } catch (const ldm::Error&) { // said of samples alone, and of trainings on them
        isKnown = false;
        return std::nullopt;
    }
}

/// False when stopped.
bool InformationMaps::estimate(int row, int column, const RowSamples& samples) {
    bool isKnown = true;
    const auto reference = unlessUnknowable(
        [&] { return InformationReference::of(at::cat(samples.at(quant::Format{})), m_settings, m_work.stop); },
        isKnown);
    if (isKnown && !reference) return false;
    for (const auto format : missing(row, column)) {
        bool isTold = isKnown;
        std::optional<KeptInformation> kept;
        if (reference)
            kept =
                unlessUnknowable([&] { return reference->keptBy(at::cat(samples.at(format)), m_work.stop); }, isTold);
        if (isTold && !kept) return false;
        m_work.finished(format, row, column, kept ? kept->share : kUnknowable, kept ? kept->spread : kNotMeasured);
    }
    return true;
}

} // namespace

bool measureInformation(Work& work, const Recordings& recordings, Variants& variants, const ColumnList& columns) {
    InformationMaps maps(work, recordings, variants);
    for (const int column : work.inOwnOrder(columns))
        if (!maps.run(column)) return false;
    return true;
}

} // namespace analysis
