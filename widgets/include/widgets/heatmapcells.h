#pragma once

#include <widgets/heatmapdata.h>
#include <widgets/heatmapgeometry.h>

#include <QImage>
#include <QPainter>
#include <QPalette>

#include <array>

namespace widgets {

/// How a cell is filled. Kinds other than Measured, and losses, carry a pattern, so that no meaning lies in the colour
/// alone.
struct CellLook {
    enum class Pattern { None, Dots, Lines, Diagonals, FewDots };
    QRgb fill = 0;
    QRgb mark = 0;
    Pattern pattern = Pattern::None;
};

/// The colours of a map's scale.
class HeatmapColours {
public:
    HeatmapColours(HeatmapScale scale, DbRange range, const QPalette& palette);

    const DbRange& range() const { return m_range; }
    CellLook look(CellKind kind, double db) const;
    /// Of the scale, 0 (low end) to 1.
    QColor at(double position) const;

private:
    HeatmapScale m_scale;
    DbRange m_range;
    std::array<QRgb, 256> m_colours{};
    QRgb m_base;
    QRgb m_line;
};

/// Of several cells the one that a single pixel shows for all: the lowest SQNR, the largest difference.
Cell mostTelling(const HeatmapData& data, const QRect& cells);

/// Fills the pixels from `corner` on with the cells that a geometry shows, one pixel of it each pixel of the device, as
/// far as the picture goes, which is of Format_RGB32. `ratio` is the device's pixels for one of the window, which
/// patterns grow with.
void fillCells(QImage& picture, QPoint corner, const HeatmapData& data, const HeatmapGeometry& geometry,
               const HeatmapColours& colours, qreal ratio);
/// The same in a picture of its own.
QImage cellImage(const HeatmapData& data, const HeatmapGeometry& geometry, const HeatmapColours& colours, qreal ratio);

/// The same as rectangles and lines, for pictures that are scaled later.
void drawCells(QPainter& painter, const HeatmapData& data, const HeatmapGeometry& geometry,
               const HeatmapColours& colours);

} // namespace widgets
