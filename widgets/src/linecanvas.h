#pragma once

#include "plotcanvas.h"

#include <widgets/plotdata.h>

namespace widgets {

/// Lines over the same places, told apart by colour and by the pattern of their strokes.
class LineCanvas : public PlotCanvas {
    Q_OBJECT

public:
    explicit LineCanvas(QWidget* parent = nullptr);

    void setLines(const LineData& lines);

protected:
    void recolour() override;

private:
    void drawLines();
    void fitAxes();

    LineData m_data;
};

} // namespace widgets
