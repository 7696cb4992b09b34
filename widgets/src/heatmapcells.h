#pragma once

#include "qcp.h"

#include <widgets/heatmapdata.h>
#include <widgets/heatmapgeometry.h>

namespace widgets {

/// Fills one cell. Kinds other than Measured carry a pattern, so that no meaning lies in the colour alone.
/// `position` is 0..1 on the colour map.
void paintCell(QPainter& painter, const QRect& rect, CellKind kind, double position, const QPalette& palette);

/// What the plot shows besides the numbers.
struct HeatmapMarks {
    Cell current;
    Cell hovered;
    QList<int> rows; ///< outlined
};

/// The cells of the map inside the axis rectangle, with numbers where they fit.
class HeatmapCells : public QCPLayerable {
public:
    explicit HeatmapCells(QCustomPlot* plot);

    void show(const HeatmapData* data, const HeatmapGeometry& geometry, DbRange range, const HeatmapMarks& marks);

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    QRect clipRect() const override;
    void draw(QCPPainter* painter) override;

private:
    void drawMarks(QPainter& painter) const;
    void drawOutline(QPainter& painter, const QRect& rect, int width) const;

    const HeatmapData* m_data = nullptr;
    HeatmapGeometry m_geometry;
    DbRange m_range;
    HeatmapMarks m_marks;
};

} // namespace widgets
