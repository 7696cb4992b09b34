#include "work.h"

#include <ldm/wholefiles.h>

namespace analysis {

Work::Work(ldm::Networks& networksOfModel, Ledger& results, Meter& meter, std::stop_token stopRequest)
    : networks(networksOfModel), ledger(results), rows(rowsOf(networksOfModel.info, results.analysis().settings.level)),
      stop(std::move(stopRequest)), m_meter(meter), m_layersFrom(networksOfModel.info.blocks.size() + 1) {
    for (std::size_t stage = networks.info.blocks.size(); stage-- > 0;)
        m_layersFrom[stage] = m_layersFrom[stage + 1] + std::int64_t(networks.info.blocks[stage].layers.size());
}

std::int64_t Work::units(Metric metric, int row, int cells, std::int64_t prompts) const {
    const auto& chosen = rows[std::size_t(row)];
    switch (metric) {
    case Metric::Weights:
        return cells > 0 ? std::int64_t(chosen.layers.size()) : 0; // read once for all
    case Metric::Local:
    case Metric::Accumulated:
        return std::int64_t(chosen.layers.size()) * cells * prompts;
    case Metric::Output:
    case Metric::Others:
        return m_layersFrom[std::size_t(chosen.stage)] * cells * prompts;
    case Metric::Final:
        break;
    }
    return m_layersFrom.front() * cells * prompts;
}

std::int64_t Work::missingUnits(Metric metric) const {
    const auto columns = ledger.allColumns();
    const auto prompts = std::int64_t(ledger.analysis().settings.prompts.size());
    std::int64_t total = 0;
    for (const auto format : ledger.variants())
        for (int row = 0; row < int(rows.size()); ++row)
            total += units(metric, row, ledger.missing(metric, format, row, columns), prompts);
    return total;
}

std::int64_t Work::trajectoryUnits() const {
    const auto& analysis = ledger.analysis();
    return m_layersFrom.front() * std::int64_t(analysis.timesteps.size() * analysis.settings.prompts.size());
}

void Work::finished(Metric metric, quant::Format format, int row, const ColumnList& columns, std::int64_t prompts,
                    bool isLast) {
    const int cells = ledger.missing(metric, format, row, columns);
    if (isLast) {
        ldm::requireWhole(networks.checkpoint);
        ledger.settle(metric, format, row, columns);
    }
    m_meter.finished(describe(metric, format), units(metric, row, cells, prompts));
}

void Work::finishedRun(const char* what, std::int64_t prompts) {
    m_meter.finished(what, m_layersFrom.front() * prompts);
}

} // namespace analysis
