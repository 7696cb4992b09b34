#pragma once

#include <QImage>
#include <QPointF>
#include <QString>

namespace widgets {

/// "12, 30: 250 128 3", and ", salience 0.43" where there is a map; the place is 0..1 of both.
QString pixelText(const QImage& image, const QImage& salience, QPointF place);
/// "difference +3 -1 0"; empty where the images cannot be compared.
QString differenceText(const QImage& reference, const QImage& candidate, QPointF place);

} // namespace widgets
