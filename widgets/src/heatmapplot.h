#pragma once

#include "heatmappicture.h"

#include <QPixmap>
#include <QWidget>

#include <optional>

namespace widgets {

/// The drawn twin: mouse and keys around a HeatmapPicture. What the numbers show is drawn once and kept; hovering and
/// selecting draw their marks over it. All rows are those shown, as in HeatmapTable::map().
class HeatmapPlot : public QWidget {
    Q_OBJECT

public:
    /// `table` must outlive the plot.
    explicit HeatmapPlot(const HeatmapTable& table, QWidget* parent = nullptr);

    /// The data has other rows or columns than before; forgets view and marks.
    void shapeChanged();
    /// Other rows are shown, or the same in another order.
    void rowsChanged();
    /// Values changed; draws once per event-loop turn.
    void valuesChanged();
    void setFixedRange(std::optional<DbRange> range);
    DbRange range() const { return m_fixedRange.value_or(m_table.range()); }

    const HeatmapMarks& marks() const { return m_marks; }
    void setMarks(Cell current, const QList<int>& rows);
    /// Columns x rows; emits brushed() if it is another.
    void setBrush(QRect cells);

    HeatmapGeometry geometryNow() const { return pictureNow().geometry(); }
    void showAll();
    void zoom(double factor);
    void zoomTo(QRect cells);
    /// Shares of the map, 0..1.
    QRectF shownShares() const { return geometryNow().shares(); }
    void setShownShares(const QRectF& shares);

    /// Pictures of what is seen: pixels, `ratio` for one of the window, or shapes.
    QImage image(qreal ratio) const;
    void draw(QPainter& painter, QSize size, const QPalette& palette) const;

Q_SIGNALS:
    void hovered(int row, int column);
    /// The mouse is over a summary or a label; an empty sentence when it left.
    void hoveredBeside(const QString& sentence);
    /// By click or key.
    void picked(int row, int column);
    void brushed();
    /// The mark before a row's name was clicked, or Return pressed on the row.
    void foldToggled(int row);
    /// The number of a column was clicked, or the title of a summary.
    void timestepClicked(int column);
    void summaryClicked(bool worst);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    QSize sizeHint() const override;

private:
    enum class Drag { None, Pan, Brush, Zoom };

    const HeatmapPicture& pictureNow() const;
    QPoint deviceOf(QPointF position) const;
    HeatmapHit hitAtPosition(QPointF position) const;
    std::optional<Cell> cellAtPosition(QPointF position) const;
    QRect draggedCells(QPointF position) const;
    void clickAt(QPointF position);
    void hoverAt(QPointF position);
    void hover(Cell cell);
    QString sentenceFor(const HeatmapHit& hit) const;
    void pick(Cell cell);
    bool moveCurrent(int key, bool extendsBrush);
    void setView(const QRectF& view);
    void redraw();

    const HeatmapTable& m_table;
    QRectF m_view;
    std::optional<DbRange> m_fixedRange;
    HeatmapMarks m_marks;
    Cell m_brushStart;             ///< where a brush by keys began
    mutable int m_labelWidth = -1; ///< not known yet
    mutable std::optional<HeatmapPicture> m_picture;
    QImage m_drawn; ///< kept and drawn over: a new one of a large screen costs a fourth of a frame
    bool m_isDrawn = false;
    Drag m_drag = Drag::None;
    bool m_moved = false;
    QPointF m_dragFrom;
    QRect m_zoomBox; ///< being drawn, in pixels of the window
};

} // namespace widgets
