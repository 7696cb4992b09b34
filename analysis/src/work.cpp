#include "work.h"

#include <ldm/wholefiles.h>

namespace analysis {

namespace {

/// An estimate of information takes about as long as so many layers of a small model.
constexpr std::int64_t kEstimateUnits = 1000;

} // namespace

Work::Work(ldm::Networks& networksOfModel, Ledger& results, Meter& meter, std::stop_token stopRequest,
           SharedFolder* sharedWith)
    : networks(networksOfModel), ledger(results), rows(rowsOf(networksOfModel.info, results.analysis().settings.level)),
      stop(std::move(stopRequest)), shared(sharedWith), m_meter(meter),
      m_layersFrom(networksOfModel.info.blocks.size() + 1) {
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
    case Metric::Information:
        return cells * kEstimateUnits;
    case Metric::Final:
        break;
    }
    return m_layersFrom.front() * cells * prompts;
}

std::int64_t Work::unitsOf(Metric metric, const std::vector<quant::Format>& formats, int row,
                           const ColumnList& columns) const {
    const auto prompts = std::int64_t(ledger.analysis().settings.prompts.size());
    std::int64_t total = 0;
    for (const auto format : formats)
        total += units(metric, row, ledger.missing(metric, format, row, columns), prompts);
    return total;
}

std::int64_t Work::missingUnits(Metric metric) const {
    std::int64_t total = 0;
    for (int row = 0; row < int(rows.size()); ++row)
        total += unitsOf(metric, ledger.variants(), row, ledger.allColumns());
    return total;
}

bool Work::isOurs(const std::string& unit, std::int64_t unitsOfWork) {
    if (!shared) return true;
    const auto [answer, isNew] = m_isOurs.try_emplace(unit, false);
    if (!isNew) return answer->second;
    answer->second = shared->claim(unit) == SharedFolder::Claim::Mine;
    if (!answer->second) m_meter.finished("others' share", unitsOfWork);
    return answer->second;
}

void Work::handIn(const std::string& unit) {
    if (shared) shared->measured(unit, ledger.analysis());
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

void Work::finished(quant::Format format, int row, int column, double share, double spread) {
    ldm::requireWhole(networks.checkpoint);
    ledger.note(format, row, column, share, spread);
    m_meter.finished(describe(Metric::Information, format), kEstimateUnits);
}

std::string unitName(const std::string& what, const ColumnList& numbers) {
    std::string name = what;
    for (const int number : numbers) name += ' ' + std::to_string(number);
    return name;
}

void Work::finishedRun(const char* what, std::int64_t prompts) {
    m_meter.finished(what, m_layersFrom.front() * prompts);
}

} // namespace analysis
