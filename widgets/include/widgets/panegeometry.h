#pragma once

#include <widgets/viewlink.h>

#include <QRectF>
#include <QSize>

namespace widgets {

/// Where an image lies in a pane. Pure; all pane positions are device pixels from its top left corner.
struct PaneGeometry {
    QSizeF pane;
    QSize image;
    View view;

    bool isValid() const { return !pane.isEmpty() && !image.isEmpty(); }
    /// view.scale, or the scale that shows the whole image when that is 0.
    double scale() const;
    /// Device pixels per image pixel.
    double zoom() const;
    /// The whole image, its corner on a whole device pixel.
    QRectF imageRect() const;
    /// 0..1 of the image; outside of that beside it.
    QPointF placeAt(QPointF position) const;
    QPointF positionOf(QPointF place) const;

    /// The view after zooming by `factor` with the place under `position` staying there.
    View zoomedAt(QPointF position, double factor) const;
    /// The view after the image moved by `delta` device pixels; its middle never leaves the image.
    View panned(QPointF delta) const;
};

/// The part of a pane before a line at `split` 0..1 of it: left of a vertical line, above a horizontal one. Ends on a
/// whole device pixel.
QRectF partBefore(QSizeF pane, Qt::Orientation line, double split);

/// Zoom is limited to this, in device pixels per image pixel.
inline constexpr double kMinZoom = 1.0 / 32;
inline constexpr double kMaxZoom = 64;

} // namespace widgets
