#include "ledger.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace analysis {

namespace {

/// Stands for values that are not finite any more and for a signal that is gone: worse than any measured loss.
constexpr double kLostDb = -300.0;

double cellOf(const quant::ErrorSums& sums) {
    const double db = sums.db();
    return std::isnan(db) ? kLostDb : std::max(db, kLostDb);
}

std::vector<double> cellsOf(const Grid& grid, int row) {
    const auto first = grid.db.begin() + std::ptrdiff_t(row) * grid.columns;
    return {first, first + grid.columns};
}

} // namespace

std::string describe(Metric metric, quant::Format format) {
    const std::string name(nameOf(metric));
    return format == quant::Format{} ? "noise floor of " + name : name + " " + quant::toString(format);
}

std::vector<quant::Format> Ledger::variants() const {
    auto all = m_analysis.settings.formats;
    all.push_back({});
    return all;
}

Grid* Ledger::find(Metric metric, quant::Format format) const {
    if (format == quant::Format{}) {
        const auto floor = m_analysis.floors.find(metric);
        return floor == m_analysis.floors.end() ? nullptr : &floor->second;
    }
    for (auto& map : m_analysis.maps)
        if (map.metric == metric && map.format == format) return &map.grid;
    return nullptr;
}

int Ledger::missing(Metric metric, quant::Format format, int row, const ColumnList& columns) const {
    const Grid* grid = find(metric, format);
    if (!grid) return 0;
    return int(
        std::count_if(columns.begin(), columns.end(), [&](int column) { return std::isnan(grid->at(row, column)); }));
}

bool Ledger::isMissing(Metric metric, quant::Format format, const ColumnList& columns) const {
    for (int row = 0; row < int(m_analysis.blocks.size()); ++row)
        if (missing(metric, format, row, columns) > 0) return true;
    return false;
}

ColumnList Ledger::allColumns() const {
    ColumnList all(m_analysis.timesteps.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
}

void Ledger::add(Metric metric, quant::Format format, int row, const ColumnList& columns,
                 const quant::ErrorSums& sums) {
    const Grid& grid = *find(metric, format);
    auto& all = m_sums[{metric, format}];
    all.resize(grid.db.size());
    for (const int column : columns) all[std::size_t(row) * std::size_t(grid.columns) + std::size_t(column)] += sums;
}

void Ledger::settle(Metric metric, quant::Format format, int row, const ColumnList& columns) {
    Grid& grid = *find(metric, format);
    const auto& sums = m_sums.at({metric, format});
    const auto offset = std::size_t(row) * std::size_t(grid.columns);
    for (const int column : columns)
        if (std::isnan(grid.at(row, column))) grid.at(row, column) = cellOf(sums[offset + std::size_t(column)]);
    if (m_rows) m_rows({metric, format, row, cellsOf(grid, row)});
}

void Ledger::note(quant::Format format, int row, int column, double share, double spread) {
    for (auto& map : m_analysis.maps) {
        if (map.metric != Metric::Information || map.format != format) continue;
        map.grid.at(row, column) = share;
        map.spread.at(row, column) = spread;
        if (m_rows) m_rows({map.metric, format, row, cellsOf(map.grid, row), cellsOf(map.spread, row)});
    }
}

} // namespace analysis
