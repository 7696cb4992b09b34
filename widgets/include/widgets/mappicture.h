#pragma once

#include <widgets/heatmapdata.h>

#include <QImage>
#include <QPalette>

namespace widgets {

/// A whole map as it is drawn on the screen, for paper. `width` is in device-independent pixels, `scale` device pixels
/// for each of them. Needs no widget: any thread, once there is a QGuiApplication.
QImage mapPicture(const HeatmapData& data, int width, double scale, const QPalette& palette);

} // namespace widgets
