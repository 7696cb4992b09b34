#pragma once

#include <widgets/heatmapdata.h>

#include <limits>

namespace widgets {

/// A row or a column of a map in two numbers.
struct HeatmapSummary {
    double mean = std::numeric_limits<double>::quiet_NaN();  ///< dB of the mean noise power; of differences and shares:
                                                             ///< the mean of finite ones
    double worst = std::numeric_limits<double>::quiet_NaN(); ///< the lowest, dB
    int worstPlace = -1;                                     ///< its column or row

    /// "mean 23.4 dB, worst 12.0 dB"; empty where nothing was measured.
    QString text(HeatmapScale scale) const;
};

/// Over what was measured of a row.
HeatmapSummary rowSummary(const HeatmapData& data, int row);
/// Over what was measured of a column, in the rows that stand on their own: what is folded into them counts once.
HeatmapSummary columnSummary(const HeatmapData& data, int column);

/// All of them as maps of two columns or two rows, mean and worst, to be drawn beside and above the map.
HeatmapData rowStrip(const HeatmapData& data);
HeatmapData columnStrip(const HeatmapData& data);

} // namespace widgets
