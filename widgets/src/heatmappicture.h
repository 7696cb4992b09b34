#pragma once

#include <widgets/heatmapcells.h>
#include <widgets/heatmaplayout.h>
#include <widgets/heatmaptable.h>

#include <QFont>

#include <array>

namespace widgets {

/// What is marked on a map; rows and columns as shown.
struct HeatmapMarks {
    Cell current;
    Cell hovered;
    QList<int> rows; ///< outlined
    QRect brush;     ///< columns x rows; empty without
};

/// A map with labels, summaries and colour scale as it is drawn, on the screen and in exported pictures. Lays itself
/// out in pixels of the device; texts are drawn in those of the window.
class HeatmapPicture {
public:
    /// Refers to `table`. `size` in pixels of the window, `ratio` the device's pixels for one of them; `labelWidth` as
    /// widestLabel() tells, in pixels of the window.
    HeatmapPicture(const HeatmapTable& table, QSize size, qreal ratio, const QFont& font, int labelWidth);

    /// The whole map until another view is set.
    void setView(const QRectF& view) { m_view = view; }
    HeatmapGeometry geometry() const;
    QSize size() const { return m_size; }
    qreal ratio() const { return m_ratio; }
    const HeatmapLayout& layout() const { return m_layout; }

    /// All pixels of a picture of Format_RGB32 with this size and ratio; may be drawn over again.
    void paint(QImage& picture, const HeatmapColours& colours, const QPalette& palette) const;
    /// Cells as shapes, for pictures that are scaled later.
    void paint(QPainter& painter, const HeatmapColours& colours, const QPalette& palette) const;
    void paintMarks(QPainter& painter, const HeatmapMarks& marks) const;

    static int widestLabel(const HeatmapTable& table, const QFont& font);

private:
    /// Numbers of a table and where they lie.
    struct Grid {
        const HeatmapData& data;
        HeatmapGeometry geometry;
    };
    std::array<Grid, 3> grids() const;
    void paintSurroundings(QPainter& painter, const HeatmapColours& colours, const QPalette& palette) const;
    void paintNumbers(QPainter& painter, const HeatmapData& data, const HeatmapGeometry& geometry,
                      const HeatmapColours& colours) const;
    void paintRowLabels(QPainter& painter) const;
    void paintColumnLabels(QPainter& painter) const;
    void paintScale(QPainter& painter, const HeatmapColours& colours, const QPalette& palette) const;
    void paintFrames(QPainter& painter, const QPalette& palette) const;
    /// In pixels of the window.
    QRectF logical(const QRectF& device) const;

    const HeatmapTable& m_table;
    QSize m_size;
    qreal m_ratio;
    QFont m_font;
    HeatmapLayout m_layout;
    QRectF m_view;
};

} // namespace widgets
