#include <widgets/heatmapgeometry.h>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

/// Half rounds down, so that a pixel belongs to the cell its centre is in.
int edge(double position) {
    return static_cast<int>(std::ceil(position - 0.5));
}

/// First and last place whose centre is in from..to, else the place under the middle.
std::pair<int, int> placesIn(double from, double to) {
    const int first = edge(from);
    const int last = edge(to) - 1;
    if (first <= last) return {first, last};
    const int middle = static_cast<int>(std::floor((from + to) / 2));
    return {middle, middle};
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

QRect HeatmapGeometry::cellsAt(QPoint pixel) const {
    if (!cellAt(pixel)) return {};
    const QPointF from = mapAt(pixel);
    const QPointF to = mapAt(pixel + QPoint(1, 1));
    const auto [left, right] = placesIn(from.x(), to.x());
    const auto [top, bottom] = placesIn(from.y(), to.y());
    return QRect(QPoint(left, top), QPoint(right, bottom)) & QRect(QPoint(0, 0), cells);
}

QRect HeatmapGeometry::rectOf(Cell cell) const {
    const QPointF from = positionOf(QPointF(cell.column, cell.row));
    const QPointF to = positionOf(QPointF(cell.column + 1, cell.row + 1));
    const QRect whole(QPoint(edge(from.x()), edge(from.y())), QPoint(edge(to.x()) - 1, edge(to.y()) - 1));
    return whole & area.toRect();
}

QRect HeatmapGeometry::rectOf(QRect wantedCells) const {
    const QRectF seen = QRectF(wantedCells) & view;
    if (seen.isEmpty()) return {};
    const QPointF from = positionOf(seen.topLeft());
    const QPointF to = positionOf(seen.bottomRight());
    const QRect whole(QPoint(edge(from.x()), edge(from.y())), QPoint(edge(to.x()) - 1, edge(to.y()) - 1));
    return QRect(whole.topLeft(), whole.size().expandedTo({1, 1}));
}

QRect HeatmapGeometry::visibleCells() const {
    const QRect seen(
        QPoint(static_cast<int>(std::floor(view.left())), static_cast<int>(std::floor(view.top()))),
        QPoint(static_cast<int>(std::ceil(view.right())) - 1, static_cast<int>(std::ceil(view.bottom())) - 1));
    return seen & QRect(QPoint(0, 0), cells);
}

QRectF HeatmapGeometry::zoomedAt(QPointF position, QSizeF factors) const {
    const QPointF fixed = mapAt(position);
    const QSizeF size(
        std::clamp(view.width() / factors.width(), std::min<double>(kMinCells, cells.width()), 1.0 * cells.width()),
        std::clamp(view.height() / factors.height(), std::min<double>(kMinCells, cells.height()),
                   1.0 * cells.height()));
    const QPointF corner(fixed.x() - (fixed.x() - view.left()) * size.width() / view.width(),
                         fixed.y() - (fixed.y() - view.top()) * size.height() / view.height());
    return limited({corner, size});
}

QRectF HeatmapGeometry::zoomedTo(QRect wantedCells) const {
    QRectF wanted(wantedCells & QRect(QPoint(0, 0), cells));
    if (wanted.isEmpty()) return view;
    wanted.setSize(wanted.size().expandedTo({kMinCells, kMinCells}));
    return limited(wanted);
}

QRectF HeatmapGeometry::shares() const {
    return {view.left() / cells.width(), view.top() / cells.height(), view.width() / cells.width(),
            view.height() / cells.height()};
}

QRectF HeatmapGeometry::fromShares(QRectF shares) const {
    QRectF wanted(shares.left() * cells.width(), shares.top() * cells.height(), shares.width() * cells.width(),
                  shares.height() * cells.height());
    wanted.setSize(wanted.size().expandedTo({kMinCells, kMinCells}));
    return limited(wanted);
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
