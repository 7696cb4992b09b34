#include "heatmapkey.h"

#include <widgets/heatmapcells.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace widgets {

namespace {

struct Entry {
    CellKind kind;
    const char* text;
};
constexpr std::array kEntries{Entry{CellKind::AtFloor, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "at the noise floor")},
                              Entry{CellKind::Exact, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "exact")},
                              Entry{CellKind::NotMeasured, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "not measured")}};
constexpr std::array kDifferences{
    Entry{CellKind::Measured, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "lower here")},
    Entry{CellKind::AtFloor, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "both at the noise floor")},
    Entry{CellKind::Exact, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "exact in one alone")},
    Entry{CellKind::NotMeasured, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "not in both")}};
constexpr std::array kShares{Entry{CellKind::Unknowable, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "cannot be told")},
                             Entry{CellKind::NotMeasured, QT_TRANSLATE_NOOP("widgets::HeatmapKey", "not measured")}};
constexpr int kGap = 6;

std::span<const Entry> entriesOf(HeatmapScale scale) {
    if (scale == HeatmapScale::Difference) return kDifferences;
    if (scale == HeatmapScale::Share) return kShares;
    return kEntries;
}

/// One cell of the kind, as a map draws it.
QImage swatch(CellKind kind, HeatmapScale scale, int side, qreal ratio, const QPalette& palette) {
    HeatmapData cell;
    cell.scale = scale;
    cell.rows = QStringList{QString()};
    cell.columns = {0};
    cell.db = {kind == CellKind::Exact         ? std::numeric_limits<double>::infinity()
               : kind == CellKind::Unknowable  ? -std::numeric_limits<double>::infinity()
               : kind == CellKind::NotMeasured ? std::numeric_limits<double>::quiet_NaN()
                                               : -1.0};
    if (kind == CellKind::AtFloor) cell.floorDb = {-1.0};
    const int pixels = int(std::lround(side * ratio));
    QImage image =
        cellImage(cell, {{1, 1}, {0, 0, 1, 1}, {0, 0, 1.0 * pixels, 1.0 * pixels}}, {scale, {-2, 2}, palette}, ratio);
    image.setDevicePixelRatio(ratio);
    return image;
}

int swatchSide(const QFontMetrics& metrics) {
    return metrics.ascent();
}

} // namespace

HeatmapKey::HeatmapKey(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Key of the patterned cells"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    describe();
}

void HeatmapKey::setScale(HeatmapScale scale) {
    m_scale = scale;
    describe();
    updateGeometry();
    update();
}

void HeatmapKey::describe() {
    QStringList names;
    for (const Entry& entry : entriesOf(m_scale)) names << tr(entry.text);
    setAccessibleDescription(names.join(QStringLiteral(", ")));
}

QSize HeatmapKey::sizeHint() const {
    int width = 0;
    for (const Entry& entry : entriesOf(m_scale))
        width += swatchSide(fontMetrics()) + 3 * kGap + fontMetrics().horizontalAdvance(tr(entry.text));
    return {width - 2 * kGap + 1, fontMetrics().height()};
}

void HeatmapKey::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    draw(painter, palette(), devicePixelRatioF());
}

void HeatmapKey::draw(QPainter& painter, const QPalette& colours, qreal ratio) const {
    const int high = sizeHint().height();
    const int side = swatchSide(fontMetrics());
    int x = 0;
    for (const Entry& entry : entriesOf(m_scale)) {
        const QRect place(x, (high - side) / 2, side, side);
        painter.drawImage(place.topLeft(), swatch(entry.kind, m_scale, side, ratio, colours));
        painter.setPen(colours.color(QPalette::Mid));
        painter.drawRect(place.adjusted(0, 0, -1, -1));
        const QString text = tr(entry.text);
        const QRect words(place.right() + kGap, 0, fontMetrics().horizontalAdvance(text) + 1, high);
        painter.setPen(colours.color(QPalette::WindowText));
        painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, text);
        x = words.right() + 2 * kGap;
    }
}

} // namespace widgets
