#pragma once

#include <analysis/sqnr.h>

namespace analysis {

/// Gives an analysis the empty maps and floors that its settings, blocks and timesteps ask for.
inline void layOut(Analysis& analysis) {
    const Grid empty(int(analysis.blocks.size()), int(analysis.timesteps.size()));
    analysis.maps.clear();
    analysis.floors.clear();
    for (const auto metric : analysis.settings.metrics) {
        const Grid spread = isShare(metric) ? empty : Grid();
        for (const auto format : analysis.settings.formats) analysis.maps.push_back({metric, format, empty, spread});
        if (hasFloor(metric)) analysis.floors.emplace(metric, empty);
    }
}

} // namespace analysis
