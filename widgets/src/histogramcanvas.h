#pragma once

#include "plotcanvas.h"

#include <widgets/plotdata.h>

namespace widgets {

/// Bins as steps, with lines across where marks are.
class HistogramCanvas : public PlotCanvas {
    Q_OBJECT

public:
    explicit HistogramCanvas(QWidget* parent = nullptr);

    void setBins(const HistogramData& bins);
    void setLogarithmic(bool logarithmic);

protected:
    void recolour() override;

private:
    void fitAxes();
    void drawBins();
    void drawMarks();

    HistogramData m_data;
    bool m_logarithmic = false;
    QCPGraph* m_steps;
    QList<QCPItemStraightLine*> m_marks;
};

} // namespace widgets
