#include <widgets/heatmapcells.h>

#include <widgets/colourmap.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace widgets {

namespace {

constexpr QRgb kFloorFill = 0xffa8a8a8;
constexpr QRgb kFloorMark = 0xff787878;
constexpr QRgb kExactFill = 0xffffffff;

using Pattern = CellLook::Pattern;

/// Whether a pattern marks this place; it repeats from the corner of the picture on, across cells.
bool marks(Pattern pattern, int x, int y) {
    switch (pattern) {
    case Pattern::Dots:
        return (x % 4 == 0 && y % 4 == 0) || (x % 4 == 2 && y % 4 == 2);
    case Pattern::Lines:
        return y % 8 == 0;
    case Pattern::Diagonals:
        return (x + y) % 8 == 0;
    case Pattern::FewDots:
        return x % 6 == 0 && y % 6 == 0;
    case Pattern::None:
        break;
    }
    return false;
}

/// Pixels side by side that show the same columns.
struct Span {
    int from = 0;
    int to = 0; ///< not included
    int firstColumn = 0;
    int lastColumn = 0;
};

std::vector<Span> spansOf(const HeatmapGeometry& geometry, int width) {
    std::vector<Span> spans;
    const QPoint corner = geometry.area.toRect().topLeft();
    for (int x = 0; x < width; ++x) {
        const QRect cells = geometry.cellsAt(corner + QPoint(x, 0));
        if (cells.isEmpty()) continue;
        if (!spans.empty() && spans.back().firstColumn == cells.left() && spans.back().lastColumn == cells.right())
            spans.back().to = x + 1;
        else
            spans.push_back({x, x + 1, cells.left(), cells.right()});
    }
    return spans;
}

void fillSpan(QRgb* line, const Span& span, int y, const CellLook& look, int scale) {
    std::fill(line + span.from, line + span.to, look.fill);
    if (look.pattern == Pattern::None) return;
    for (int x = span.from; x < span.to; ++x)
        if (marks(look.pattern, x / scale, y / scale)) line[x] = look.mark;
}

} // namespace

HeatmapColours::HeatmapColours(HeatmapScale scale, DbRange range, const QPalette& palette)
    : m_scale(scale), m_range(range), m_base(palette.color(QPalette::Base).rgb()),
      m_line(palette.color(QPalette::Mid).rgb()) {
    for (std::size_t i = 0; i < m_colours.size(); ++i) m_colours[i] = at(double(i) / 255).rgb();
}

QColor HeatmapColours::at(double position) const {
    return m_scale == HeatmapScale::Difference ? divergingColour(position) : mapColour(position);
}

CellLook HeatmapColours::look(CellKind kind, double db) const {
    const double position = positionInRange(db, m_range.low, m_range.high);
    switch (kind) {
    case CellKind::AtFloor:
    case CellKind::Unknowable:
        return {kFloorFill, kFloorMark, Pattern::Dots};
    case CellKind::Exact:
        if (m_scale == HeatmapScale::Difference) return {at(position).rgb(), kFloorFill, Pattern::Lines};
        return {kExactFill, kFloorFill, Pattern::Lines};
    case CellKind::NotMeasured:
        return {m_base, m_line, Pattern::Diagonals};
    case CellKind::Measured:
        break;
    }
    const QRgb fill = m_colours[std::size_t(std::lround(position * 255))];
    if (m_scale == HeatmapScale::Difference && db <= -0.05)
        return {fill, textColourOn(QColor(fill)).rgb(), Pattern::FewDots};
    return {fill, fill, Pattern::None};
}

Cell mostTelling(const HeatmapData& data, const QRect& cells) {
    Cell found{cells.top(), cells.left()};
    const auto weight = [&data](Cell cell) {
        const double db = data.at(cell.row, cell.column);
        if (data.kind(cell.row, cell.column) == CellKind::Unknowable) return std::numeric_limits<double>::quiet_NaN();
        return data.scale == HeatmapScale::Difference ? -std::abs(db) : db;
    };
    for (int row = cells.top(); row <= cells.bottom(); ++row) {
        for (int column = cells.left(); column <= cells.right(); ++column) {
            const double db = weight({row, column});
            const double least = weight(found);
            if (db < least || (std::isnan(least) && !std::isnan(db))) found = {row, column};
        }
    }
    return found;
}

void fillCells(QImage& picture, QPoint corner, const HeatmapData& data, const HeatmapGeometry& geometry,
               const HeatmapColours& colours, qreal ratio) {
    const QRect area = geometry.area.toRect();
    const QSize size = (picture.rect() & QRect(corner, area.size())).size();
    const std::vector<Span> spans = spansOf(geometry, size.width());
    std::vector<CellLook> looks(spans.size());
    const int scale = std::max(1, int(std::lround(ratio)));
    QRect shown;
    bool hasPattern = false;
    for (int y = 0; y < size.height(); ++y) {
        QRgb* line = reinterpret_cast<QRgb*>(picture.scanLine(corner.y() + y)) + corner.x();
        const QRect rows = geometry.cellsAt(area.topLeft() + QPoint(0, y));
        const bool isSame = y > 0 && rows.top() == shown.top() && rows.bottom() == shown.bottom();
        if (isSame && !hasPattern) {
            const auto* above = reinterpret_cast<const QRgb*>(picture.constScanLine(corner.y() + y - 1)) + corner.x();
            std::copy_n(above, size.width(), line);
            continue;
        }
        if (!isSame) {
            shown = rows;
            hasPattern = false;
            for (std::size_t i = 0; i < spans.size(); ++i) {
                const QRect cells(QPoint(spans[i].firstColumn, rows.top()), QPoint(spans[i].lastColumn, rows.bottom()));
                const Cell cell = mostTelling(data, cells);
                looks[i] = colours.look(data.kind(cell.row, cell.column), data.at(cell.row, cell.column));
                hasPattern |= looks[i].pattern != Pattern::None;
            }
        }
        for (std::size_t i = 0; i < spans.size(); ++i) fillSpan(line, spans[i], y, looks[i], scale);
    }
}

QImage cellImage(const HeatmapData& data, const HeatmapGeometry& geometry, const HeatmapColours& colours, qreal ratio) {
    QImage image(geometry.area.toRect().size(), QImage::Format_RGB32);
    fillCells(image, {0, 0}, data, geometry, colours, ratio);
    return image;
}

void drawCells(QPainter& painter, const HeatmapData& data, const HeatmapGeometry& geometry,
               const HeatmapColours& colours) {
    const QRect seen = geometry.visibleCells();
    for (int row = seen.top(); row <= seen.bottom(); ++row) {
        for (int column = seen.left(); column <= seen.right(); ++column) {
            const QRectF rect =
                QRectF(geometry.positionOf(QPointF(column, row)), geometry.positionOf(QPointF(column + 1, row + 1))) &
                geometry.area;
            const CellLook look = colours.look(data.kind(row, column), data.at(row, column));
            painter.fillRect(rect, QColor(look.fill));
            painter.setPen(QPen(QColor(look.mark), 0.8));
            if (look.pattern == Pattern::Diagonals) painter.drawLine(rect.bottomLeft(), rect.topRight());
            if (look.pattern == Pattern::Lines)
                painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()));
            if (look.pattern == Pattern::Dots || look.pattern == Pattern::FewDots)
                painter.fillRect(QRectF(rect.topLeft(), QSizeF(2, 2)), QColor(look.mark));
        }
    }
}

} // namespace widgets
