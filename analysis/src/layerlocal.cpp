#include "layerlocal.h"

#include "altered.h"
#include "joining.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

class LayerMaps {
public:
    LayerMaps(Work& work, Variants& variants) : m_work(work), m_variants(variants) {
        m_rowOf.resize(work.networks.info.layers.size());
        for (std::size_t row = 0; row < work.rows.size(); ++row)
            m_rowOf[std::size_t(work.rows[row].layers.front())] = int(row);
    }

    /// False when stopped.
    bool run(const Pass& pass);

private:
    void compare(const Pass& pass, const ldm::Layer& layer, const at::Tensor& x, const at::Tensor& y);

    Work& m_work;
    Variants& m_variants;
    std::vector<int> m_rowOf; ///< by layer
};

/// The layer in every format that is missing. What depends on the prompt alone counts at every step.
void LayerMaps::compare(const Pass& pass, const ldm::Layer& layer, const at::Tensor& x, const at::Tensor& y) {
    const int row = m_rowOf[std::size_t(layer.id)];
    const auto samples = pass.recording->rows();
    const bool isShared = y.size(0) == samples;
    for (const auto format : m_work.ledger.variants()) {
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
    const auto variants = m_work.ledger.variants();
    const auto isMissing = [&](quant::Format format) {
        return m_work.ledger.isMissing(Metric::Local, format, pass.columns);
    };
    if (std::none_of(variants.begin(), variants.end(), isMissing)) return true;
    std::vector<Walk> starts;
    for (const int column : pass.columns) starts.push_back({pass.recording->starts[std::size_t(column)]});
    std::vector<const Walk*> walks;
    for (const auto& start : starts) walks.push_back(&start);
    ldm::UNetState state = Joiner().join(walks, 0);
    state.keyValues = nullptr; // every layer is to be seen
    ListeningArithmetic listening(m_work.full(), [&](const ldm::Layer& layer, const at::Tensor& x,
                                                     const at::Tensor& y) { compare(pass, layer, x, y); });
    const auto all = [&](ldm::Arithmetic& running) { m_work.networks.unet.finish(running, std::move(state)); };
    if (!runs(listening, m_work.stop, all)) return false;
    for (int row = 0; row < int(m_work.rows.size()); ++row)
        for (const auto format : variants)
            if (m_work.ledger.missing(Metric::Local, format, row, pass.columns) > 0)
                m_work.finished(Metric::Local, format, row, pass.columns, pass.recording->prompts(), pass.isLast);
    return true;
}

} // namespace

bool measureLayersLocally(Work& work, const Recordings& recordings, Variants& variants, const ColumnList& columns) {
    const auto samples = recordings.groups.front().rows(); // no other group has more
    const int most = int(std::max<std::int64_t>(1, recordings.samplesAtOnce / samples));
    LayerMaps maps(work, variants);
    for (const auto& portion : portionsOf(columns, most))
        for (const Pass& pass : passesOf(recordings, portion, int(portion.size())))
            if (!maps.run(pass)) return false;
    return true;
}

} // namespace analysis
