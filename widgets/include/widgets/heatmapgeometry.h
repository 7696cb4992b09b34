#pragma once

#include <QPoint>
#include <QPointF>
#include <QRect>
#include <QRectF>
#include <QSize>

#include <optional>

namespace widgets {

struct Cell {
    int row = -1;
    int column = -1;

    bool operator==(const Cell&) const = default;
};

/// Where the cells of a map lie. Pure. `view` is the part of the map that is seen, in cells (x: columns, y: rows
/// downwards, so row 0 is on top); `area` is where it is drawn, in whole pixels of the device.
struct HeatmapGeometry {
    QSize cells; ///< columns x rows
    QRectF view;
    QRectF area;

    static QRectF wholeMap(QSize cells) { return {0, 0, double(cells.width()), double(cells.height())}; }

    bool isValid() const { return !cells.isEmpty() && !view.isEmpty() && !area.isEmpty(); }
    QPointF mapAt(QPointF position) const;
    QPointF positionOf(QPointF map) const;
    /// The cell drawn at this pixel; empty outside `area` and beside the cells.
    std::optional<Cell> cellAt(QPoint pixel) const;
    /// The cells that this pixel stands for, as columns x rows: that under its centre or, where cells are smaller than
    /// pixels, all whose centre is in it, so that each belongs to one pixel. Empty where cellAt() is.
    QRect cellsAt(QPoint pixel) const;
    /// Edges on whole pixels and shared with the neighbours; parts outside `area` are cut off.
    QRect rectOf(Cell cell) const;
    /// The same of several, columns x rows; at least a pixel each way where any of them is seen.
    QRect rectOf(QRect wantedCells) const;
    /// The cells that are at least partly seen, as columns x rows.
    QRect visibleCells() const;

    /// Views after zooming by `factor` with the place under `position` staying, after dragging by `delta` pixels, and
    /// after moving just so far that `cell` is seen. None leaves the map or shows less than kMinCells.
    QRectF zoomedAt(QPointF position, double factor) const { return zoomedAt(position, {factor, factor}); }
    /// The same with a factor for columns (width) and one for rows (height).
    QRectF zoomedAt(QPointF position, QSizeF factors) const;
    /// The view that shows these cells, columns x rows, as large as they can be.
    QRectF zoomedTo(QRect wantedCells) const;
    QRectF panned(QPointF delta) const;
    QRectF showing(Cell cell) const;
    /// `wanted`, shrunk and moved into the map.
    QRectF limited(QRectF wanted) const;
    /// The view as shares of the map, 0..1, and back; what can be kept while rows come and go.
    QRectF shares() const;
    QRectF fromShares(QRectF shares) const;
};

/// Zooming in stops at this many cells along each side.
inline constexpr double kMinCells = 2;

} // namespace widgets
