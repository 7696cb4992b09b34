#include <analysis/noisemodel.h>

#include "rownoise.h"

#include <cmath>

namespace analysis {

RowSummary summarize(const Grid& grid, int row, const std::vector<int>& timesteps) {
    RowSummary summary;
    double total = 0;
    int counted = 0;
    for (int column = 0; column < grid.columns; ++column) {
        const double db = grid.at(row, column);
        if (std::isnan(db)) continue;
        total += powerOf(db);
        if (counted++ == 0 || db < summary.worstDb) {
            summary.worstDb = db;
            summary.worstTimestep = timesteps[std::size_t(column)];
        }
    }
    if (counted > 0) summary.meanDb = dbOf(total / counted);
    return summary;
}

namespace {

RowSummary summarizeShares(const Grid& grid, int row, const std::vector<int>& timesteps) {
    RowSummary summary;
    double total = 0;
    int counted = 0;
    for (int column = 0; column < grid.columns; ++column) {
        const double share = grid.at(row, column);
        if (share == kUnknowable && counted == 0) summary.meanDb = summary.worstDb = kUnknowable;
        if (!std::isfinite(share)) continue;
        total += share;
        if (counted++ > 0 && share >= summary.worstDb) continue;
        summary.worstDb = share;
        summary.worstTimestep = timesteps[std::size_t(column)];
    }
    if (counted > 0) summary.meanDb = total / counted;
    return summary;
}

} // namespace

RowSummary summarize(const SqnrMap& map, int row, const std::vector<int>& timesteps) {
    return isShare(map.metric) ? summarizeShares(map.grid, row, timesteps) : summarize(map.grid, row, timesteps);
}

} // namespace analysis
