#include "heatmapcells.h"

#include <widgets/colourmap.h>

namespace widgets {

namespace {

const QColor kFloorFill(0xa8, 0xa8, 0xa8);
const QColor kExactFill(0xff, 0xff, 0xff);

} // namespace

void paintCell(QPainter& painter, const QRect& rect, CellKind kind, double position, const QPalette& palette) {
    switch (kind) {
    case CellKind::Measured:
        painter.fillRect(rect, mapColour(position));
        break;
    case CellKind::AtFloor:
        painter.fillRect(rect, kFloorFill);
        painter.fillRect(rect, QBrush(kFloorFill.darker(140), Qt::Dense6Pattern));
        break;
    case CellKind::Exact:
        painter.fillRect(rect, kExactFill);
        painter.fillRect(rect, QBrush(kFloorFill, Qt::HorPattern));
        break;
    case CellKind::NotMeasured:
        painter.fillRect(rect, palette.color(QPalette::Base));
        painter.fillRect(rect, QBrush(palette.color(QPalette::Mid), Qt::BDiagPattern));
        break;
    }
}

HeatmapCells::HeatmapCells(QCustomPlot* plot) : QCPLayerable(plot, QStringLiteral("main")) {
}

void HeatmapCells::show(const HeatmapData* data, const HeatmapGeometry& geometry, DbRange range,
                        const HeatmapMarks& marks) {
    m_data = data;
    m_geometry = geometry;
    m_range = range;
    m_marks = marks;
}

void HeatmapCells::applyDefaultAntialiasingHint(QCPPainter* painter) const {
    painter->setAntialiasing(false);
}

QRect HeatmapCells::clipRect() const {
    return m_geometry.area.toRect();
}

void HeatmapCells::draw(QCPPainter* painter) {
    if (!m_data || !m_geometry.isValid()) return;
    const QRect seen = m_geometry.visibleCells();
    const QFontMetrics metrics = painter->fontMetrics();
    const QSizeF text(metrics.horizontalAdvance(QStringLiteral("-00.0")) + 1, metrics.height() + 1);
    // All cells or none: their sizes differ by a pixel.
    const bool showsNumbers = m_geometry.area.width() >= seen.width() * text.width() &&
                              m_geometry.area.height() >= seen.height() * text.height();
    for (int row = seen.top(); row <= seen.bottom(); ++row) {
        for (int column = seen.left(); column <= seen.right(); ++column) {
            const QRect rect = m_geometry.rectOf({row, column});
            const CellKind kind = m_data->kind(row, column);
            const double db = m_data->at(row, column);
            const double position = positionInRange(db, m_range.low, m_range.high);
            paintCell(*painter, rect, kind, position, parentPlot()->palette());
            if (kind != CellKind::Measured || !showsNumbers) continue;
            painter->setPen(textColourOn(mapColour(position)));
            painter->drawText(rect, Qt::AlignCenter, numberText(db));
        }
    }
    drawMarks(*painter);
}

void HeatmapCells::drawMarks(QPainter& painter) const {
    const int lastColumn = m_geometry.cells.width() - 1;
    for (const int row : m_marks.rows) {
        drawOutline(painter, m_geometry.rectOf({row, 0}) | m_geometry.rectOf({row, lastColumn}), 1);
    }
    if (m_data->contains(m_marks.current.row, m_marks.current.column)) {
        drawOutline(painter, m_geometry.rectOf(m_marks.current), 2);
    }
    if (m_data->contains(m_marks.hovered.row, m_marks.hovered.column)) {
        drawOutline(painter, m_geometry.rectOf(m_marks.hovered), 1);
    }
}

/// Dark inside light, to be seen on every fill.
void HeatmapCells::drawOutline(QPainter& painter, const QRect& rect, int width) const {
    if (rect.isEmpty()) return;
    painter.setBrush(Qt::NoBrush);
    QRect ring = rect.adjusted(0, 0, -1, -1);
    for (const auto& [colour, lines] : {std::pair{Qt::white, width}, std::pair{Qt::black, 1}}) {
        painter.setPen(colour);
        for (int line = 0; line < lines; ++line) {
            painter.drawRect(ring);
            ring.adjust(1, 1, -1, -1);
        }
    }
}

} // namespace widgets
