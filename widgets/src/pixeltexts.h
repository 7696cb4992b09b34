#pragma once

#include <QImage>
#include <QPointF>
#include <QString>

namespace widgets {

/// "12, 30: 250 128 3"; the place is 0..1 of the image.
QString pixelText(const QImage& image, QPointF place);
/// "difference +3 -1 0"; empty where the images cannot be compared.
QString differenceText(const QImage& reference, const QImage& candidate, QPointF place);

} // namespace widgets
