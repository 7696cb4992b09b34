#include "heatmappicture.h"

#include <widgets/colourmap.h>

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace widgets {

namespace {

constexpr int kMeasuredLabels = 24; ///< of the longest; measuring hundreds of them would cost a frame
constexpr double kScaleSteps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500};

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(Heatmap)
};

/// A layer under its block is told by what comes after the block's name.
QString labelOf(const HeatmapTable& table, int row) {
    const HeatmapData& map = table.map();
    const QString& id = map.rows[row];
    switch (table.fold(row)) {
    case HeatmapTable::Fold::Folded:
        return QStringLiteral("▸ ") + id;
    case HeatmapTable::Fold::Open:
        return QStringLiteral("▾ ") + id;
    case HeatmapTable::Fold::None:
        break;
    }
    const int parent = map.parentOf(row);
    if (parent < 0) return table.hasFolds() ? QStringLiteral("   ") + id : id;
    const QString start = map.rows[parent] + u'.';
    return QStringLiteral("    ") + (id.startsWith(start) ? id.mid(start.size()) : id);
}

/// Ids differ at their ends: without room the model part goes first, then the middle.
QString shortened(const QString& label, const QFontMetrics& metrics, int room) {
    if (metrics.horizontalAdvance(label) <= room) return label;
    const qsizetype dot = label.indexOf(u'.');
    const qsizetype name = label.lastIndexOf(u' ') + 1; // behind the fold mark
    return metrics.elidedText(label.left(name) + label.mid(dot + 1), Qt::ElideMiddle, room);
}

/// Dark inside light, to be seen on every fill.
void drawOutline(QPainter& painter, QRect rect, int width) {
    rect.setSize(rect.size().expandedTo({3, 3}));
    painter.setBrush(Qt::NoBrush);
    QRect ring = rect.adjusted(0, 0, -1, -1);
    for (const auto& [colour, lines] : {std::pair{Qt::white, width}, std::pair{Qt::black, width}}) {
        painter.setPen(colour);
        for (int line = 0; line < lines; ++line) {
            painter.drawRect(ring);
            ring.adjust(1, 1, -1, -1);
        }
    }
}

} // namespace

HeatmapPicture::HeatmapPicture(const HeatmapTable& table, QSize size, qreal ratio, const QFont& font, int labelWidth)
    : m_table(table), m_size(size), m_ratio(ratio), m_font(font) {
    const QFontMetrics metrics(font);
    const auto device = [ratio](int pixels) { return int(std::lround(pixels * ratio)); };
    const HeatmapTextSizes texts{device(metrics.height()), device(labelWidth),
                                 device(metrics.horizontalAdvance(QStringLiteral("-000.0")))};
    m_layout = heatmapLayout(QSize(device(size.width()), device(size.height())), texts);
    m_view = HeatmapGeometry::wholeMap({int(table.map().columns.size()), int(table.map().rows.size())});
}

int HeatmapPicture::widestLabel(const HeatmapTable& table, const QFont& font) {
    const QFontMetrics metrics(font);
    QStringList labels;
    for (int row = 0; row < table.map().rows.size(); ++row) labels << labelOf(table, row);
    const auto few = labels.begin() + std::min<qsizetype>(kMeasuredLabels, labels.size());
    std::partial_sort(labels.begin(), few, labels.end(),
                      [](const QString& a, const QString& b) { return a.size() > b.size(); });
    int widest = metrics.horizontalAdvance(Texts::tr("worst"));
    for (auto label = labels.begin(); label != few; ++label)
        widest = std::max(widest, metrics.horizontalAdvance(*label));
    return widest;
}

HeatmapGeometry HeatmapPicture::geometry() const {
    return {{int(m_table.map().columns.size()), int(m_table.map().rows.size())}, m_view, QRectF(m_layout.map)};
}

QRectF HeatmapPicture::logical(const QRectF& device) const {
    return {device.x() / m_ratio, device.y() / m_ratio, device.width() / m_ratio, device.height() / m_ratio};
}

std::array<HeatmapPicture::Grid, 3> HeatmapPicture::grids() const {
    return {Grid{m_table.map(), geometry()}, Grid{m_table.rowSummaries(), rowStripGeometry(m_layout, geometry())},
            Grid{m_table.columnSummaries(), columnStripGeometry(m_layout, geometry())}};
}

/// What the cells leave is cleared first: filling all would cost a large screen some milliseconds.
void HeatmapPicture::paint(QImage& picture, const HeatmapColours& colours, const QPalette& palette) const {
    QRegion beside = picture.rect();
    if (geometry().isValid()) {
        for (const Grid& grid : grids()) {
            const QRect area = grid.geometry.area.toRect();
            fillCells(picture, area.topLeft(), grid.data, grid.geometry, colours, m_ratio);
            beside -= area;
        }
    }
    QPainter painter(&picture);
    painter.save();
    painter.scale(1 / m_ratio, 1 / m_ratio);
    for (const QRect& rect : beside) painter.fillRect(rect, palette.color(QPalette::Window));
    painter.restore();
    paintSurroundings(painter, colours, palette);
}

void HeatmapPicture::paint(QPainter& painter, const HeatmapColours& colours, const QPalette& palette) const {
    if (!geometry().isValid()) return;
    painter.save();
    painter.scale(1 / m_ratio, 1 / m_ratio);
    for (const Grid& grid : grids()) drawCells(painter, grid.data, grid.geometry, colours);
    painter.restore();
    paintSurroundings(painter, colours, palette);
}

void HeatmapPicture::paintSurroundings(QPainter& painter, const HeatmapColours& colours,
                                       const QPalette& palette) const {
    painter.setFont(m_font);
    if (!geometry().isValid()) return;
    for (const Grid& grid : grids()) paintNumbers(painter, grid.data, grid.geometry, colours);
    paintFrames(painter, palette);
    painter.setPen(palette.color(QPalette::WindowText));
    paintRowLabels(painter);
    paintColumnLabels(painter);
    paintScale(painter, colours, palette);
}

void HeatmapPicture::paintNumbers(QPainter& painter, const HeatmapData& data, const HeatmapGeometry& geometry,
                                  const HeatmapColours& colours) const {
    const QRect seen = geometry.visibleCells();
    const QFontMetrics metrics(m_font);
    const QString widest = data.scale == HeatmapScale::Difference ? QStringLiteral("-00.00") : QStringLiteral("-00.0");
    const QSizeF text(m_ratio * (metrics.horizontalAdvance(widest) + 1), m_ratio * (metrics.height() + 1));
    // All cells or none: their sizes differ by a pixel.
    if (geometry.area.width() < geometry.view.width() * text.width() ||
        geometry.area.height() < geometry.view.height() * text.height())
        return;
    for (int row = seen.top(); row <= seen.bottom(); ++row) {
        for (int column = seen.left(); column <= seen.right(); ++column) {
            if (data.kind(row, column) != CellKind::Measured) continue;
            const double db = data.at(row, column);
            painter.setPen(textColourOn(QColor(colours.look(CellKind::Measured, db).fill)));
            const QRect rect = geometry.rectOf({row, column});
            if (rect.width() < text.width() || rect.height() < text.height()) continue; // cut off at the edge
            painter.drawText(logical(rect), Qt::AlignCenter, numberText(db, data.scale));
        }
    }
}

void HeatmapPicture::paintRowLabels(QPainter& painter) const {
    const QFontMetrics metrics(m_font);
    const QRectF labels = logical(m_layout.rowLabels);
    const auto side = m_table.hasFolds() ? Qt::AlignLeft : Qt::AlignRight;
    const QList<HeatmapRowLabel> places = rowLabels(m_layout, geometry(), metrics.height() * m_ratio);
    for (const HeatmapRowLabel& label : places) {
        const QString text = shortened(labelOf(m_table, label.row), metrics, int(labels.width()));
        painter.drawText(logical(label.place), int(side | Qt::AlignVCenter) | Qt::TextDontClip, text);
    }
    const QRectF strip = logical(m_layout.columnStrip);
    for (const bool isWorst : {false, true}) {
        const QRectF place(labels.left(), strip.top() + (isWorst ? strip.height() / 2 : 0), labels.width(),
                           strip.height() / 2);
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, isWorst ? Texts::tr("worst") : Texts::tr("mean"));
    }
}

void HeatmapPicture::paintColumnLabels(QPainter& painter) const {
    const HeatmapGeometry map = geometry();
    const QFontMetrics metrics(m_font);
    const QRectF labels = logical(m_layout.columnLabels);
    const double cellWidth = map.area.width() / map.view.width() / m_ratio;
    const int width = metrics.horizontalAdvance(QStringLiteral("9999"));
    const int step = cellsPerLabel(width, cellWidth);
    const QRect seen = map.visibleCells();
    for (int column = seen.left(); column <= seen.right(); ++column) {
        if (column % step != 0) continue;
        const double middle = map.positionOf({column + 0.5, 0}).x() / m_ratio;
        if (middle < labels.left() || middle > labels.right()) continue;
        painter.drawText(QRectF(middle - width, labels.top(), 2 * width, labels.height()), Qt::AlignCenter,
                         QString::number(m_table.map().columns[column]));
    }
    painter.drawText(logical(m_layout.axisTitle), Qt::AlignCenter, Texts::tr("timestep"));
    const QRectF titles = logical(m_layout.stripTitles);
    const QRectF first(titles.left(), titles.top(), titles.width() / 2, titles.height());
    painter.drawText(first, Qt::AlignCenter, Texts::tr("mean"));
    painter.drawText(first.translated(titles.width() / 2, 0), Qt::AlignCenter, Texts::tr("worst"));
}

void HeatmapPicture::paintScale(QPainter& painter, const HeatmapColours& colours, const QPalette& palette) const {
    const QRectF bar = logical(m_layout.scale);
    QLinearGradient gradient(bar.bottomLeft(), bar.topLeft());
    for (int stop = 0; stop <= 16; ++stop) gradient.setColorAt(stop / 16.0, colours.at(stop / 16.0));
    painter.fillRect(bar, gradient);
    const QFontMetrics metrics(m_font);
    const DbRange range = colours.range();
    const double mostTicks = std::max(2.0, bar.height() / (2.0 * metrics.height()));
    const auto* step = std::find_if(std::begin(kScaleSteps), std::end(kScaleSteps) - 1, [&](double candidate) {
        return (range.high - range.low) / candidate <= mostTicks;
    });
    const double left = m_layout.scaleLabels.left() / m_ratio;
    painter.setPen(palette.color(QPalette::WindowText));
    for (double tick = std::ceil(range.low / *step) * *step; tick <= range.high + *step / 1000; tick += *step) {
        const double y = bar.bottom() - positionInRange(tick, range.low, range.high) * bar.height();
        painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + 3, y));
        const QString sign =
            m_table.map().scale == HeatmapScale::Difference && tick > *step / 2 ? QStringLiteral("+") : QString();
        painter.drawText(
            QRectF(left + 2, y - metrics.height() / 2.0, m_layout.scaleLabels.width() / m_ratio, metrics.height()),
            Qt::AlignLeft | Qt::AlignVCenter, sign + QString::number(tick == 0 ? 0.0 : tick));
    }
    painter.drawText(QRectF(bar.left(), bar.top() - 1.5 * metrics.height(), 4.0 * metrics.height(), metrics.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     m_table.map().scale == HeatmapScale::Share ? Texts::tr("share") : Texts::tr("dB"));
}

void HeatmapPicture::paintFrames(QPainter& painter, const QPalette& palette) const {
    painter.save();
    painter.scale(1 / m_ratio, 1 / m_ratio);
    painter.setPen(palette.color(QPalette::Mid));
    painter.setBrush(Qt::NoBrush);
    for (const QRect& part : {m_layout.map, m_layout.rowStrip, m_layout.columnStrip, m_layout.scale})
        painter.drawRect(part.adjusted(-1, -1, 0, 0));
    painter.restore();
}

void HeatmapPicture::paintMarks(QPainter& painter, const HeatmapMarks& marks) const {
    const HeatmapGeometry map = geometry();
    if (!map.isValid()) return;
    const HeatmapData& data = m_table.map();
    const int thin = std::max(1, int(m_ratio));
    painter.save();
    painter.scale(1 / m_ratio, 1 / m_ratio);
    painter.setClipRect(m_layout.map);
    const auto outline = [&](const QRect& cells, int width) {
        const QRect rect = map.rectOf(cells);
        if (!rect.isEmpty()) drawOutline(painter, rect, width);
    };
    const auto one = [&data](Cell cell) {
        return data.contains(cell.row, cell.column) ? QRect(cell.column, cell.row, 1, 1) : QRect();
    };
    for (const int row : marks.rows) outline(QRect(0, row, map.cells.width(), 1), thin);
    outline(marks.brush, 2 * thin);
    outline(one(marks.current), 2 * thin);
    outline(one(marks.hovered), thin);
    painter.restore();
}

} // namespace widgets
