#include "heatmapkey.h"

#include "heatmapcells.h"

#include <array>

namespace widgets {

namespace {

struct Entry {
    CellKind kind;
    const char* text;
};
constexpr std::array kEntries{Entry{CellKind::AtFloor, "at the noise floor"}, Entry{CellKind::Exact, "exact"},
                              Entry{CellKind::NotMeasured, "not measured"}};
constexpr int kGap = 6;

int swatchSide(const QFontMetrics& metrics) {
    return metrics.ascent();
}

} // namespace

HeatmapKey::HeatmapKey(QWidget* parent) : QWidget(parent) {
    QStringList names;
    for (const Entry& entry : kEntries) names << QLatin1String(entry.text);
    setAccessibleName(QStringLiteral("Key of the patterned cells"));
    setAccessibleDescription(names.join(QStringLiteral(", ")));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize HeatmapKey::sizeHint() const {
    int width = 0;
    for (const Entry& entry : kEntries) {
        width += swatchSide(fontMetrics()) + 3 * kGap + fontMetrics().horizontalAdvance(QLatin1String(entry.text));
    }
    return {width - 2 * kGap + 1, fontMetrics().height()};
}

void HeatmapKey::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const int side = swatchSide(fontMetrics());
    int x = 0;
    for (const Entry& entry : kEntries) {
        const QRect swatch(x, (height() - side) / 2, side, side);
        paintCell(painter, swatch, entry.kind, 0, palette());
        painter.setPen(palette().color(QPalette::Mid));
        painter.drawRect(swatch.adjusted(0, 0, -1, -1));
        const QString text = QLatin1String(entry.text);
        const QRect place(swatch.right() + kGap, 0, fontMetrics().horizontalAdvance(text) + 1, height());
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, text);
        x = place.right() + 2 * kGap;
    }
}

} // namespace widgets
