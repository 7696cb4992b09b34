#include <widgets/panegeometry.h>

#include <algorithm>
#include <cmath>

namespace widgets {

double PaneGeometry::scale() const {
    if (!isValid() || view.scale > 0) return view.scale;
    return std::min(pane.width(), pane.height() * image.width() / image.height());
}

double PaneGeometry::zoom() const {
    return isValid() ? scale() / image.width() : 0;
}

QRectF PaneGeometry::imageRect() const {
    const QSizeF size = QSizeF(image) * zoom();
    const QPointF corner(pane.width() / 2 - view.centre.x() * size.width(),
                         pane.height() / 2 - view.centre.y() * size.height());
    return {QPointF(std::round(corner.x()), std::round(corner.y())), size};
}

QPointF PaneGeometry::placeAt(QPointF position) const {
    const QRectF rect = imageRect();
    return {(position.x() - rect.left()) / rect.width(), (position.y() - rect.top()) / rect.height()};
}

QPointF PaneGeometry::positionOf(QPointF place) const {
    const QRectF rect = imageRect();
    return {rect.left() + place.x() * rect.width(), rect.top() + place.y() * rect.height()};
}

View PaneGeometry::zoomedAt(QPointF position, double factor) const {
    if (!isValid()) return view;
    const double fitZoom = PaneGeometry{pane, image, {}}.zoom();
    const double wanted = std::clamp(zoom() * factor, std::min(kMinZoom, fitZoom), std::max(kMaxZoom, fitZoom));
    const QPointF fixed = placeAt(position);
    const QSizeF size = QSizeF(image) * wanted;
    const QPointF toMiddle = QPointF(pane.width() / 2, pane.height() / 2) - position;
    View result{fixed + QPointF(toMiddle.x() / size.width(), toMiddle.y() / size.height()), size.width()};
    result.centre = {std::clamp(result.centre.x(), 0.0, 1.0), std::clamp(result.centre.y(), 0.0, 1.0)};
    return result;
}

View PaneGeometry::panned(QPointF delta) const {
    if (!isValid()) return view;
    const QSizeF size = QSizeF(image) * zoom();
    return {{std::clamp(view.centre.x() - delta.x() / size.width(), 0.0, 1.0),
             std::clamp(view.centre.y() - delta.y() / size.height(), 0.0, 1.0)},
            scale()};
}

QRectF partBefore(QSizeF pane, Qt::Orientation line, double split) {
    if (line == Qt::Vertical) return {0, 0, std::round(pane.width() * split), pane.height()};
    return {0, 0, pane.width(), std::round(pane.height() * split)};
}

} // namespace widgets
