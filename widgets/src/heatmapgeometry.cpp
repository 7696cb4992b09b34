#include <widgets/heatmapgeometry.h>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

/// Half rounds down, so that a pixel belongs to the cell its centre is in.
int edge(double position) {
    return static_cast<int>(std::ceil(position - 0.5));
}

double limitedStart(double start, double length, double whole) {
    return std::clamp(start, 0.0, whole - length);
}

} // namespace

QPointF HeatmapGeometry::mapAt(QPointF position) const {
    return {view.left() + (position.x() - area.left()) / area.width() * view.width(),
            view.top() + (position.y() - area.top()) / area.height() * view.height()};
}

QPointF HeatmapGeometry::positionOf(QPointF map) const {
    return {area.left() + (map.x() - view.left()) / view.width() * area.width(),
            area.top() + (map.y() - view.top()) / view.height() * area.height()};
}

std::optional<Cell> HeatmapGeometry::cellAt(QPoint pixel) const {
    const QPointF centre = QPointF(pixel) + QPointF(0.5, 0.5);
    if (!isValid() || !area.contains(centre)) return std::nullopt;
    const QPointF map = mapAt(centre);
    const Cell cell{static_cast<int>(std::floor(map.y())), static_cast<int>(std::floor(map.x()))};
    if (cell.row < 0 || cell.row >= cells.height() || cell.column < 0 || cell.column >= cells.width()) {
        return std::nullopt;
    }
    return cell;
}

QRect HeatmapGeometry::rectOf(Cell cell) const {
    const QPointF from = positionOf(QPointF(cell.column, cell.row));
    const QPointF to = positionOf(QPointF(cell.column + 1, cell.row + 1));
    const QRect whole(QPoint(edge(from.x()), edge(from.y())), QPoint(edge(to.x()) - 1, edge(to.y()) - 1));
    return whole & area.toRect();
}

QRect HeatmapGeometry::visibleCells() const {
    const QRect seen(
        QPoint(static_cast<int>(std::floor(view.left())), static_cast<int>(std::floor(view.top()))),
        QPoint(static_cast<int>(std::ceil(view.right())) - 1, static_cast<int>(std::ceil(view.bottom())) - 1));
    return seen & QRect(QPoint(0, 0), cells);
}

QRectF HeatmapGeometry::zoomedAt(QPointF position, double factor) const {
    const QPointF fixed = mapAt(position);
    const QSizeF size(
        std::clamp(view.width() / factor, std::min<double>(kMinCells, cells.width()), 1.0 * cells.width()),
        std::clamp(view.height() / factor, std::min<double>(kMinCells, cells.height()), 1.0 * cells.height()));
    const QPointF corner(fixed.x() - (fixed.x() - view.left()) * size.width() / view.width(),
                         fixed.y() - (fixed.y() - view.top()) * size.height() / view.height());
    return limited({corner, size});
}

QRectF HeatmapGeometry::panned(QPointF delta) const {
    return limited(
        view.translated(-delta.x() / area.width() * view.width(), -delta.y() / area.height() * view.height()));
}

QRectF HeatmapGeometry::showing(Cell cell) const {
    const auto shift = [](double from, double to, double place) {
        return place < from ? place - from : std::max(0.0, place + 1 - to);
    };
    return limited(
        view.translated(shift(view.left(), view.right(), cell.column), shift(view.top(), view.bottom(), cell.row)));
}

QRectF HeatmapGeometry::limited(QRectF wanted) const {
    const double width = std::min<double>(wanted.width(), cells.width());
    const double height = std::min<double>(wanted.height(), cells.height());
    return {limitedStart(wanted.left(), width, cells.width()), limitedStart(wanted.top(), height, cells.height()),
            width, height};
}

} // namespace widgets
