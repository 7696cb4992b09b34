#include <widgets/heatmaplayout.h>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

constexpr int kStripParts = 2; ///< mean and worst

int gapOf(const HeatmapTextSizes& texts) {
    return std::max(2, texts.line / 4);
}

} // namespace

HeatmapLayout heatmapLayout(QSize size, const HeatmapTextSizes& texts) {
    const int gap = gapOf(texts);
    const int left = std::min(texts.label, size.width() * 3 / 10) + 2 * gap;
    const int stripHeight = kStripParts * (texts.line + gap / 2);
    const int top = stripHeight + 2 * gap;
    const int stripWidth = kStripParts * (texts.number + gap);
    const int barWidth = texts.line;
    const int right = gap + stripWidth + 2 * gap + barWidth + gap + texts.number + gap;
    const int bottom = 2 * texts.line + 2 * gap;
    HeatmapLayout layout;
    layout.map = QRect(left, top, std::max(1, size.width() - left - right), std::max(1, size.height() - top - bottom));
    layout.columnStrip = QRect(left, gap, layout.map.width(), stripHeight);
    layout.rowStrip = QRect(layout.map.right() + 1 + gap, top, stripWidth, layout.map.height());
    layout.stripTitles =
        QRect(layout.rowStrip.left(), layout.map.top() - gap - texts.line, stripWidth, texts.line + gap);
    layout.rowLabels = QRect(0, gap, left - gap, layout.map.bottom() + 1 - gap);
    layout.columnLabels = QRect(left, layout.map.bottom() + 1 + gap, layout.map.width(), texts.line);
    layout.axisTitle = layout.columnLabels.translated(0, texts.line);
    layout.scale = QRect(layout.rowStrip.right() + 1 + 2 * gap, top, barWidth, layout.map.height());
    layout.scaleLabels = QRect(layout.scale.right() + 1 + gap, 0, texts.number + gap, size.height());
    return layout;
}

HeatmapGeometry rowStripGeometry(const HeatmapLayout& layout, const HeatmapGeometry& map) {
    return {{kStripParts, map.cells.height()},
            {0, map.view.top(), kStripParts, map.view.height()},
            QRectF(layout.rowStrip)};
}

HeatmapGeometry columnStripGeometry(const HeatmapLayout& layout, const HeatmapGeometry& map) {
    return {{map.cells.width(), kStripParts},
            {map.view.left(), 0, map.view.width(), kStripParts},
            QRectF(layout.columnStrip)};
}

int cellsPerLabel(double label, double cell) {
    return cell > 0 ? std::max(1, int(std::ceil(label / cell))) : 1;
}

/// At the top edge a name is pushed down to where it is seen, and those below it as far as they would lie under it.
QList<HeatmapRowLabel> rowLabels(const HeatmapLayout& layout, const HeatmapGeometry& map, double line) {
    QList<HeatmapRowLabel> labels;
    if (!map.isValid()) return labels;
    const int step = cellsPerLabel(line, map.area.height() / map.view.height());
    const QRect seen = map.visibleCells();
    double free = (layout.columnStrip.bottom() + 1 + map.area.top()) / 2; // between the summaries and the map
    for (int row = seen.top(); row <= seen.bottom(); ++row) {
        const double middle = map.positionOf({0, row + 0.5}).y();
        if (row % step != 0 || middle < map.area.top() || middle > map.area.bottom()) continue;
        const double top = std::max(middle - line / 2, free); // never by more than the first name was
        labels << HeatmapRowLabel{row, QRectF(layout.rowLabels.left(), top, layout.rowLabels.width(), line)};
        free = top + line;
    }
    return labels;
}

HeatmapHit hitAt(const HeatmapLayout& layout, const HeatmapGeometry& map, QPoint pixel) {
    using Part = HeatmapHit::Part;
    if (!map.isValid()) return {};
    if (const auto cell = map.cellAt(pixel)) return {Part::Cell, cell->row, cell->column};
    if (const auto cell = rowStripGeometry(layout, map).cellAt(pixel)) return {Part::RowStrip, cell->row, cell->column};
    if (const auto cell = columnStripGeometry(layout, map).cellAt(pixel))
        return {Part::ColumnStrip, cell->row, cell->column};
    if (layout.rowLabels.contains(pixel))
        if (const auto cell = map.cellAt({layout.map.left(), pixel.y()})) return {Part::RowLabel, cell->row, -1};
    if (layout.columnLabels.contains(pixel))
        if (const auto cell = map.cellAt({pixel.x(), layout.map.top()})) return {Part::ColumnLabel, -1, cell->column};
    if (layout.stripTitles.contains(pixel))
        return {Part::StripTitle, -1, pixel.x() < layout.stripTitles.center().x() ? 0 : 1};
    return {};
}

} // namespace widgets
