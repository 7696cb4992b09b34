#include "pixeltexts.h"

#include <widgets/comparison.h>

#include <QColor>
#include <QLocale>

#include <algorithm>
#include <optional>

namespace widgets {

namespace {

std::optional<QColor> colourAt(const QImage& image, QPointF place, QPoint& pixel) {
    if (image.isNull()) return std::nullopt;
    pixel = {std::min(int(place.x() * image.width()), image.width() - 1),
             std::min(int(place.y() * image.height()), image.height() - 1)};
    return image.pixelColor(pixel);
}

} // namespace

QString pixelText(const QImage& image, const QImage& salience, QPointF place) {
    QPoint pixel;
    const std::optional<QColor> colour = colourAt(image, place, pixel);
    if (!colour) return ComparisonView::tr("no picture");
    const QString text = QStringLiteral("%1, %2: %3 %4 %5")
                             .arg(pixel.x())
                             .arg(pixel.y())
                             .arg(colour->red())
                             .arg(colour->green())
                             .arg(colour->blue());
    const std::optional<QColor> level = colourAt(salience, place, pixel);
    if (!level) return text;
    return ComparisonView::tr("%1, salience %2").arg(text, QLocale().toString(level->red() / 255.0, 'f', 2));
}

QString differenceText(const QImage& reference, const QImage& candidate, QPointF place) {
    QPoint pixel;
    const std::optional<QColor> from = colourAt(reference, place, pixel);
    const std::optional<QColor> to = colourAt(candidate, place, pixel);
    if (!from || !to || reference.size() != candidate.size()) return {};
    return ComparisonView::tr("difference %1")
        .arg(QString::asprintf("%+d %+d %+d", to->red() - from->red(), to->green() - from->green(),
                               to->blue() - from->blue()));
}

} // namespace widgets
