#include "layerlocal.h"

#include "altered.h"
#include "joining.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

class LayerMaps {
public:
    LayerMaps(Work& work, Variants& variants, std::size_t portions)
        : m_work(work), m_variants(variants), m_mostFormats(fairShare(work, portions)) {
        m_rowOf.resize(work.networks.info.layers.size());
        for (std::size_t row = 0; row < work.rows.size(); ++row)
            m_rowOf[std::size_t(work.rows[row].layers.front())] = int(row);
    }

    /// Takes as many formats as are this process's fair share of a portion. False when stopped.
    bool run(const Pass& pass);
    /// How often portions have to be gone through until no format is left.
    std::size_t rounds() const { return (m_work.ledger.variants().size() + m_mostFormats - 1) / m_mostFormats; }

private:
    static std::size_t fairShare(const Work& work, std::size_t portions);
    static std::string unitOf(quant::Format format, const ColumnList& columns);
    std::vector<quant::Format> formatsFor(const ColumnList& columns);
    void compare(const Pass& pass, const std::vector<quant::Format>& formats, const ldm::Layer& layer,
                 const at::Tensor& x, const at::Tensor& y);
    void settle(const Pass& pass, const std::vector<quant::Format>& formats);

    Work& m_work;
    Variants& m_variants;
    std::vector<int> m_rowOf;  ///< by layer
    std::size_t m_mostFormats; ///< that one process takes of a portion
};

/// All formats share one full-precision run, so a process takes all of them as long as every other gets a portion.
std::size_t LayerMaps::fairShare(const Work& work, std::size_t portions) {
    const auto processes = std::size_t(work.processes());
    return std::max<std::size_t>(1, (work.ledger.variants().size() * portions + processes - 1) / processes);
}

std::string LayerMaps::unitOf(quant::Format format, const ColumnList& columns) {
    return unitName(describe(Metric::Local, format) + " of layers at columns", columns);
}

/// Those that are missing and for this process to measure.
std::vector<quant::Format> LayerMaps::formatsFor(const ColumnList& columns) {
    std::vector<quant::Format> formats;
    for (const auto format : m_work.ledger.variants()) {
        std::int64_t missing = 0;
        for (int row = 0; row < int(m_work.rows.size()); ++row)
            missing += m_work.unitsOf(Metric::Local, {format}, row, columns);
        if (missing == 0 || formats.size() == m_mostFormats) continue;
        if (m_work.isOurs(unitOf(format, columns), missing)) formats.push_back(format);
    }
    return formats;
}

/// The layer in every format that is missing. What depends on the prompt alone counts at every step.
void LayerMaps::compare(const Pass& pass, const std::vector<quant::Format>& formats, const ldm::Layer& layer,
                        const at::Tensor& x, const at::Tensor& y) {
    const int row = m_rowOf[std::size_t(layer.id)];
    const auto samples = pass.recording->rows();
    const bool isShared = y.size(0) == samples;
    for (const auto format : formats) {
        if (m_work.ledger.missing(Metric::Local, format, row, pass.columns) == 0) continue;
        const at::Tensor altered = computed(m_variants.of(format), layer, x);
        for (std::size_t i = 0; i < pass.columns.size(); ++i) {
            const auto first = isShared ? 0 : std::int64_t(i) * samples;
            addErrors(m_work.ledger, Metric::Local, format, row, {pass.columns[i]}, *pass.recording,
                      y.narrow(0, first, samples), altered.narrow(0, first, samples));
        }
    }
}

bool LayerMaps::run(const Pass& pass) {
    const auto formats = formatsFor(pass.columns);
    if (formats.empty()) return true;
    std::vector<Walk> starts;
    for (const int column : pass.columns) starts.push_back({pass.recording->starts[std::size_t(column)]});
    std::vector<const Walk*> walks;
    for (const auto& start : starts) walks.push_back(&start);
    ldm::UNetState state = Joiner().join(walks, 0);
    state.keyValues = nullptr; // every layer is to be seen
    ListeningArithmetic listening(m_work.full(), [&](const ldm::Layer& layer, const at::Tensor& x,
                                                     const at::Tensor& y) { compare(pass, formats, layer, x, y); });
    const auto all = [&](ldm::Arithmetic& running) { m_work.networks.unet.finish(running, std::move(state)); };
    if (!runs(listening, m_work.stop, all)) return false;
    settle(pass, formats);
    return true;
}

void LayerMaps::settle(const Pass& pass, const std::vector<quant::Format>& formats) {
    for (int row = 0; row < int(m_work.rows.size()); ++row)
        for (const auto format : formats)
            if (m_work.ledger.missing(Metric::Local, format, row, pass.columns) > 0)
                m_work.finished(Metric::Local, format, row, pass.columns, pass.recording->prompts(), pass.isLast);
    if (!pass.isLast) return;
    for (const auto format : formats) m_work.handIn(unitOf(format, pass.columns));
}

} // namespace

bool measureLayersLocally(Work& work, const Recordings& recordings, Variants& variants, const ColumnList& columns) {
    const auto samples = recordings.groups.front().rows(); // no other group has more
    const int most = int(std::max<std::int64_t>(1, recordings.samplesAtOnce / samples));
    const auto portions = portionsOf(columns, most);
    LayerMaps maps(work, variants, portions.size());
    for (std::size_t round = 0; round < maps.rounds(); ++round)
        for (const auto& portion : work.inOwnOrder(portions))
            for (const Pass& pass : passesOf(recordings, portion))
                if (!maps.run(pass)) return false;
    return true;
}

} // namespace analysis
