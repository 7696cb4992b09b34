#include <widgets/mappicture.h>

#include <widgets/colourmap.h>

#include "heatmapcells.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

constexpr int kGap = 6;
constexpr int kScaleBar = 14;
constexpr int kLeastRow = 3;        ///< pixels, however many rows there are
constexpr int kMostMapHeight = 900; ///< beyond that rows get thinner

/// Where the parts of the picture are.
struct Places {
    int rowHeight = 0;
    QRect map;
    QRect scale;
    QSize all;
};

Places placesOf(const HeatmapData& data, int width, const QFontMetrics& metrics) {
    int names = 0;
    for (const QString& name : data.rows) names = std::max(names, metrics.horizontalAdvance(name));
    names = std::min(names, width * 4 / 10);
    const int line = metrics.height();
    const int rows = std::max<int>(1, int(data.rows.size()));
    Places places;
    places.rowHeight = std::clamp(kMostMapHeight / rows, kLeastRow, line + 2);
    const int numbers = metrics.horizontalAdvance(QStringLiteral("000 dB"));
    const int right = kGap + kScaleBar + kGap + numbers;
    places.map = {names + kGap, kGap, std::max(1, width - names - kGap - right), rows * places.rowHeight};
    places.scale = {places.map.right() + 1 + kGap, kGap, kScaleBar, places.map.height()};
    places.all = {width, places.map.bottom() + 1 + line + 2 * kGap};
    return places;
}

HeatmapGeometry geometryOf(const HeatmapData& data, const QRect& map, double scale) {
    const QSize cells(int(data.columns.size()), int(data.rows.size()));
    return {cells, HeatmapGeometry::wholeMap(cells),
            QRectF(QPointF(map.topLeft()) * scale, QSizeF(map.size()) * scale)};
}

/// In device pixels, so that cells have sharp edges.
void paintCells(QPainter& painter, const HeatmapData& data, const HeatmapGeometry& geometry, const QPalette& palette) {
    const DbRange range = rangeOf(data);
    for (int row = 0; row < data.rows.size(); ++row)
        for (int column = 0; column < data.columns.size(); ++column)
            paintCell(painter, geometry.rectOf({row, column}), data.kind(row, column),
                      positionInRange(data.at(row, column), range.low, range.high), palette);
}

void paintNames(QPainter& painter, const HeatmapData& data, const Places& places) {
    const QFontMetrics metrics = painter.fontMetrics();
    const int step = (metrics.height() + places.rowHeight - 1) / places.rowHeight;
    for (int row = 0; row < data.rows.size(); row += std::max(1, step)) {
        const QRect place(0, places.map.top() + row * places.rowHeight - metrics.height(), places.map.left() - kGap,
                          places.rowHeight + 2 * metrics.height());
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(data.rows[row], Qt::ElideMiddle, place.width()));
    }
    const double cell = double(places.map.width()) / std::max<int>(1, int(data.columns.size()));
    const int wide = metrics.horizontalAdvance(QStringLiteral("0000"));
    const int skip = std::max(1, int(std::ceil(wide / cell)));
    for (int column = 0; column < data.columns.size(); column += skip) {
        const QRectF place(places.map.left() + (column + 0.5) * cell - wide, places.map.bottom() + 1 + kGap / 2.0,
                           2.0 * wide, metrics.height());
        painter.drawText(place, Qt::AlignCenter, QString::number(data.columns[column]));
    }
}

void paintScale(QPainter& painter, const HeatmapData& data, const Places& places) {
    for (int y = 0; y < places.scale.height(); ++y)
        painter.fillRect(places.scale.left(), places.scale.bottom() - y, places.scale.width(), 1,
                         mapColour(double(y) / std::max(1, places.scale.height() - 1)));
    const DbRange range = rangeOf(data);
    const int x = places.scale.right() + 1 + kGap;
    const int ascent = painter.fontMetrics().ascent();
    painter.drawText(x, places.scale.top() + ascent, QStringLiteral("%1 dB").arg(range.high));
    painter.drawText(x, places.scale.bottom(), QStringLiteral("%1 dB").arg(range.low));
}

} // namespace

QImage mapPicture(const HeatmapData& data, int width, double scale, const QPalette& palette) {
    const QFont font;
    const Places places = placesOf(data, width, QFontMetrics(font));
    QImage picture((QSizeF(places.all) * scale).toSize(), QImage::Format_RGB32);
    picture.fill(palette.color(QPalette::Base));
    QPainter painter(&picture);
    paintCells(painter, data, geometryOf(data, places.map, scale), palette);
    painter.scale(scale, scale);
    painter.setFont(font);
    painter.setPen(palette.color(QPalette::Text));
    paintNames(painter, data, places);
    paintScale(painter, data, places);
    return picture;
}

} // namespace widgets
