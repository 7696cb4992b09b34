#include "linecanvas.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace widgets {

namespace {

constexpr std::array kStrokes{Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
constexpr double kMargin = 0.06;         ///< of the range, around all values
constexpr double kLegendStretch = 0.001; ///< as low as its text
constexpr int kLegendColumns = 4;

QCPRange around(double low, double high) {
    const double margin = high > low ? (high - low) * kMargin : std::max(1.0, std::abs(low)) * kMargin;
    return {low - margin, high + margin};
}

} // namespace

LineCanvas::LineCanvas(QWidget* parent) : PlotCanvas(parent) {
    plotLayout()->addElement(1, 0, legend);
    plotLayout()->setRowStretchFactor(1, kLegendStretch);
    legend->setWrap(kLegendColumns);
    legend->setFillOrder(QCPLegend::foColumnsFirst);
    legend->setVisible(true);
}

void LineCanvas::setLines(const LineData& lines) {
    m_data = lines;
    setElements(lines.places);
    xAxis->setLabel(lines.axis);
    xAxis->setRangeReversed(lines.descends);
    yAxis->setLabel(lines.unit);
    drawLines();
    fitAxes();
    recolour();
    refresh();
}

void LineCanvas::drawLines() {
    while (graphCount() > m_data.series.size()) removeGraph(graphCount() - 1);
    while (graphCount() < m_data.series.size()) addGraph();
    for (int i = 0; i < graphCount(); ++i) {
        const LineSeries& series = m_data.series[i];
        graph(i)->setName(series.name);
        graph(i)->data()->clear();
        for (int place = 0; place < m_data.places.size(); ++place)
            if (std::isfinite(series.values[place])) graph(i)->addData(m_data.places[place], series.values[place]);
    }
}

void LineCanvas::recolour() {
    for (int i = 0; i < graphCount(); ++i) {
        const Qt::PenStyle stroke = kStrokes[std::size_t(i) % kStrokes.size()];
        graph(i)->setPen(QPen(colour(i), 1.6, stroke));
        // A single place has no line.
        const bool isPoint = graph(i)->dataCount() < 2;
        graph(i)->setScatterStyle(isPoint ? QCPScatterStyle(QCPScatterStyle::ssCross, 7) : QCPScatterStyle());
    }
}

void LineCanvas::fitAxes() {
    if (m_data.places.isEmpty()) return;
    const auto [first, last] = std::minmax_element(m_data.places.begin(), m_data.places.end());
    xAxis->setRange(around(*first, *last));
    QList<double> all;
    for (const LineSeries& series : m_data.series)
        for (const double value : series.values)
            if (std::isfinite(value)) all << value;
    if (all.isEmpty()) return;
    const auto [low, high] = std::minmax_element(all.begin(), all.end());
    yAxis->setRange(around(*low, *high));
}

} // namespace widgets
