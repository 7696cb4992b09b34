#pragma once

#include <widgets/heatmapdata.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// SQNR map, blocks x timesteps, with colour scale, read-out line, and a table twin of the same numbers.
/// Hover reads out, click or arrow keys select, wheel zooms, drag pans, double click or F shows everything.
/// GUI thread only.
class HeatmapWidget : public QWidget {
    Q_OBJECT

public:
    explicit HeatmapWidget(QWidget* parent = nullptr);
    ~HeatmapWidget() override;

    /// Replaces everything. Zoom and selection stay where rows and columns are the same as before.
    void setData(HeatmapData data);
    const HeatmapData& data() const;
    /// One finished row of a running analysis: as many values as there are columns. Repaints once per event-loop turn.
    void setRow(int row, const QList<double>& db);
    /// The noise floor when it becomes known; row-major, the size of the map, or empty.
    void setFloor(const QList<double>& floorDb);

    /// Fixes the ends of the colour scale, in dB; the automatic one follows the data.
    void setColourRange(double lowDb, double highDb);
    void setAutoColourRange();
    DbRange colourRange() const;

    /// The row of the current cell, -1 without one.
    int selectedRow() const;
    int selectedColumn() const;
    /// -1 clears. Does not emit rowSelected.
    void setSelectedRow(int row);
    /// Marks several rows; the current cell moves to the first of them. Does not emit.
    void setSelectedRows(const QList<int>& rows);
    QList<int> selectedRows() const;

    bool tableShown() const;
    void setTableShown(bool shown);

    /// The sentence under the plot: the hovered cell, else the current one.
    QString readOut() const;

Q_SIGNALS:
    /// The mouse is over a cell; (-1, -1, NaN) when it left.
    void cellHovered(int row, int column, double db);
    /// The user selected a row by click, key or in the table.
    void rowSelected(int row);

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
