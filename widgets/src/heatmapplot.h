#pragma once

#include "heatmapcells.h"

#include <QPoint>

namespace widgets {

/// The drawn twin: axes, colour scale and mouse and keys around HeatmapCells.
class HeatmapPlot : public QCustomPlot {
    Q_OBJECT

public:
    /// `map` must outlive the plot.
    explicit HeatmapPlot(const HeatmapData& map, QWidget* parent = nullptr);

    /// The data has other rows or columns than before.
    void shapeChanged();
    /// Values changed; draws once per event-loop turn.
    void valuesChanged(DbRange range);

    const HeatmapMarks& marks() const { return m_marks; }
    void setMarks(Cell current, const QList<int>& rows);
    HeatmapGeometry geometryNow() const;
    void showAll();

Q_SIGNALS:
    void hovered(int row, int column);
    /// By click or key.
    void picked(int row, int column);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    void updateLayout() override;

private:
    void buildAxes();
    void buildColourScale();
    void applyPalette();
    void labelAxes();
    void setView(const QRectF& view);
    void hover(std::optional<Cell> cell);
    void pick(Cell cell);
    bool moveCurrent(int key);
    void refresh();

    const HeatmapData& m_data;
    HeatmapCells* m_cells;
    QCPColorScale* m_scale;
    QRectF m_view;
    DbRange m_range;
    HeatmapMarks m_marks;
    QPointF m_dragFrom;
    bool m_dragging = false;
};

} // namespace widgets
