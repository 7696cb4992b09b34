#pragma once

#include "heatmapkey.h"
#include "heatmapplot.h"
#include "plotframe.h"

#include <widgets/heatmap.h>

#include <QScopedValueRollback>
#include <QTimer>

namespace widgets {

/// What a HeatmapWidget is made of and how its parts follow each other. Rows are those shown.
struct HeatmapWidget::Parts {
    /// Current cell and marked rows by the rows of the data, to be found again in another order.
    struct Places {
        Cell current;
        QList<int> rows;
    };

    explicit Parts(HeatmapWidget& widget) : owner(widget) {}

    HeatmapWidget& owner;
    HeatmapTable table;
    PlotFrame frame;
    HeatmapPlot* plot = nullptr;
    HeatmapKey* key = nullptr;
    QLabel* legend = nullptr;
    QTimer rearranging;
    bool following = false; ///< the table view is being moved to where the plot is

    void build();
    void arrange();
    void connectAll();
    void connectPlot();
    void connectTable();
    void showPage();
    void showReadOut();

    Places keptPlaces() const;
    void restore(const Places& places);
    void mark(Cell current, const QList<int>& rows);
    void setOrder(const HeatmapOrder& order);
    void arrangeSoon();
    void arrangeNow();
    void toggleFold(int row);
    /// Sorts by it or, where it is sorted by it already, the other way round.
    void sortBy(HeatmapSort by, int timestep = 0);

    /// The exported page: the head above the plot, and all of it.
    int headHeight() const;
    int footHeight() const;
    QSize sheetSize() const;
    void drawTexts(QPainter& painter, const QPalette& palette, qreal ratio) const;
};

} // namespace widgets
