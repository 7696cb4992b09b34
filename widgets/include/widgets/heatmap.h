#pragma once

#include <widgets/heatmaporder.h>

#include <QImage>
#include <QPainter>
#include <QWidget>

#include <memory>

namespace widgets {

/// Rows and columns that the user marked to do something with; rows as in the data that was set.
struct HeatmapBrush {
    QList<int> rows;
    int firstColumn = 0;
    int lastColumn = -1; ///< included
    bool isEmpty() const { return rows.isEmpty(); }
    bool operator==(const HeatmapBrush&) const = default;
};

/// SQNR map, blocks or layers x timesteps, with the mean and the worst of every row and column, colour scale, read-out
/// line, and a table twin of the same numbers. Hover reads out, click or arrow keys select, wheel zooms (Ctrl: rows
/// alone, Shift: timesteps alone), drag pans, Ctrl+drag zooms into a box, Shift+drag or Shift+arrows brush cells,
/// Return unfolds a row, double click or F shows everything, a click on a timestep or a summary's title sorts.
/// Rows are those of the data that was set, whatever the order in which they are shown. GUI thread only.
class HeatmapWidget : public QWidget {
    Q_OBJECT

public:
    explicit HeatmapWidget(QWidget* parent = nullptr);
    ~HeatmapWidget() override;

    /// Replaces everything. Zoom and selection stay where rows and columns are the same as before.
    void setData(HeatmapData data);
    const HeatmapData& data() const;
    /// The rows that are shown, in their order.
    const HeatmapData& shown() const;
    /// One finished row of a running analysis: as many values as there are columns. Repaints once per event-loop turn.
    void setRow(int row, const QList<double>& db, const QList<double>& spread = {});
    /// The noise floor when it becomes known; row-major, the size of the map, or empty.
    void setFloor(const QList<double>& floorDb);

    /// Does not emit orderChanged().
    void setOrder(const HeatmapOrder& order);
    const HeatmapOrder& order() const;
    /// Unfolds or folds the current row, or that of the layer it is.
    void toggleCurrentRow();

    /// Fixes the ends of the colour scale, in dB; the automatic one follows the data.
    void setColourRange(double lowDb, double highDb);
    void setAutoColourRange();
    DbRange colourRange() const;

    /// The row of the current cell, -1 without one or while it is folded away.
    int selectedRow() const;
    int selectedColumn() const;
    /// -1 clears. Does not emit rowSelected.
    void setSelectedRow(int row);
    /// Marks several rows; the current cell moves to the first of them. Does not emit.
    void setSelectedRows(const QList<int>& rows);
    QList<int> selectedRows() const;
    /// The row and column under the mouse, -1 without.
    int hoveredRow() const;
    int hoveredColumn() const;

    HeatmapBrush brush() const;
    void clearBrush();

    void zoom(double factor);
    void showAll();
    void zoomToBrush();
    /// The part of the map that is seen, as shares 0..1 of its columns and rows.
    QRectF shownShares() const;
    void setShownShares(const QRectF& shares);

    bool tableShown() const;
    void setTableShown(bool shown);

    /// The sentence under the plot: the hovered place, else the current cell.
    QString readOut() const;
    /// What Copy puts on the clipboard.
    void copy() const;
    /// Title, what is seen of the map, and legend; `ratio` pixels for one of the window.
    QImage picture(qreal ratio) const;
    /// The same on a page of pictureSize(), black on white.
    void drawPicture(QPainter& painter) const;
    QSize pictureSize() const;

Q_SIGNALS:
    /// The mouse is over a cell; (-1, -1, NaN) when it left.
    void cellHovered(int row, int column, double db);
    /// The user selected a row by click, key or in the table.
    void rowSelected(int row);
    /// The user sorted or folded here.
    void orderChanged();
    /// The user wants to unfold a row whose children are not in the data.
    void detailsRequested(int row);
    void brushChanged();

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
