#pragma once

#include <widgets/heatmapgeometry.h>

#include <QList>
#include <QRect>
#include <QSize>

namespace widgets {

/// Sizes of texts, in pixels of the device.
struct HeatmapTextSizes {
    int line = 0;   ///< height of a line
    int label = 0;  ///< width of the widest row label, fold mark included
    int number = 0; ///< width of "-00.0"
};

/// Where the parts of a drawn map lie, in pixels of the device. Pure.
struct HeatmapLayout {
    QRect map;
    QRect rowStrip;     ///< beside the map: mean and worst of each row
    QRect columnStrip;  ///< above it: mean and worst of each column
    QRect rowLabels;    ///< left of map and column strip
    QRect columnLabels; ///< below the map
    QRect axisTitle;    ///< below them
    QRect stripTitles;  ///< above the row strip
    QRect scale;        ///< the bar of colours
    QRect scaleLabels;
};

/// Long labels get no more than three tenths of the width.
HeatmapLayout heatmapLayout(QSize size, const HeatmapTextSizes& texts);

/// Every how many cells there is room for a label; both lengths in the same unit.
int cellsPerLabel(double label, double cell);

struct HeatmapRowLabel {
    int row = 0;
    QRectF place;
};
/// Where the names of rows are written, `line` pixels high; no two lie over each other.
QList<HeatmapRowLabel> rowLabels(const HeatmapLayout& layout, const HeatmapGeometry& map, double line);

/// What lies under a place of the drawn map.
struct HeatmapHit {
    enum class Part { Nothing, Cell, RowStrip, ColumnStrip, RowLabel, ColumnLabel, StripTitle };
    Part part = Part::Nothing;
    int row = -1;    ///< of the map; of the column strip 0 for mean and 1 for worst
    int column = -1; ///< of the map; of the row strip and its titles 0 for mean and 1 for worst
    bool operator==(const HeatmapHit&) const = default;
};
HeatmapHit hitAt(const HeatmapLayout& layout, const HeatmapGeometry& map, QPoint pixel);

/// The strips show the same part of the map as the map itself.
HeatmapGeometry rowStripGeometry(const HeatmapLayout& layout, const HeatmapGeometry& map);
HeatmapGeometry columnStripGeometry(const HeatmapLayout& layout, const HeatmapGeometry& map);

} // namespace widgets
