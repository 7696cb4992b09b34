#include <widgets/mappicture.h>

#include "heatmappicture.h"

#include <QFontMetrics>

#include <algorithm>

namespace widgets {

namespace {

constexpr int kMostRowsHeight = 900; ///< pixels; with more rows than fit they get thinner
constexpr int kAroundMap = 140;      ///< summaries, timesteps and margins

} // namespace

QImage mapPicture(const HeatmapData& data, int width, double scale, const QPalette& palette) {
    const QFont font;
    HeatmapTable table;
    table.setData(data);
    const int rows = int(data.rows.size()) * (QFontMetrics(font).height() + 2);
    const QSize size(width, kAroundMap + std::min(kMostRowsHeight, rows));
    const int labels = std::min(HeatmapPicture::widestLabel(table, font), width * 4 / 10);
    QImage picture((QSizeF(size) * scale).toSize(), QImage::Format_RGB32);
    picture.setDevicePixelRatio(scale);
    HeatmapPicture(table, size, scale, font, labels)
        .paint(picture, HeatmapColours(data.scale, rangeOf(data), palette), palette);
    picture.setDevicePixelRatio(1);
    return picture;
}

} // namespace widgets
