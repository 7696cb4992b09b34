#include "histogramcanvas.h"

#include <algorithm>

namespace widgets {

namespace {

constexpr double kLowest = 0.5; ///< of a logarithmic axis: below a single value
constexpr double kHeadroom = 1.08;
constexpr double kMargin = 0.02; ///< of the width, beside the bins
constexpr float kFill = 0.35F;

} // namespace

HistogramCanvas::HistogramCanvas(QWidget* parent) : PlotCanvas(parent), m_steps(addGraph()) {
    m_steps->setLineStyle(QCPGraph::lsStepLeft);
    m_steps->setAdaptiveSampling(false);
    setLogarithmic(true);
    recolour();
}

void HistogramCanvas::recolour() {
    QColor fill = colour(0);
    fill.setAlphaF(kFill);
    m_steps->setPen(QPen(colour(0), 1));
    m_steps->setBrush(fill);
    for (qsizetype i = 0; i < m_marks.size(); ++i)
        m_marks[i]->setPen(
            QPen(colour(1), m_data.marks[i].isEnd ? 1.6 : 0.8, m_data.marks[i].isEnd ? Qt::DashLine : Qt::DotLine));
}

void HistogramCanvas::setBins(const HistogramData& bins) {
    m_data = bins;
    QList<double> middles;
    for (int bin = 0; bin < bins.counts.size(); ++bin) middles << bins.begin + (bin + 0.5) * bins.width;
    setElements(middles);
    xAxis->setLabel(bins.axis);
    drawBins();
    drawMarks();
    fitAxes();
    recolour();
    refresh();
}

void HistogramCanvas::setLogarithmic(bool logarithmic) {
    if (logarithmic == m_logarithmic) return;
    m_logarithmic = logarithmic;
    yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                                 : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    yAxis->setNumberFormat(logarithmic ? QStringLiteral("eb") : QStringLiteral("gb"));
    yAxis->setNumberPrecision(logarithmic ? 0 : 3);
    yAxis->setLabel(tr("values"));
    drawBins();
    fitAxes();
    refresh();
}

/// An empty bin lies below a logarithmic axis, not at minus infinity.
void HistogramCanvas::drawBins() {
    const double nothing = m_logarithmic ? kLowest / 2 : 0;
    m_steps->data()->clear();
    if (m_data.counts.isEmpty()) return;
    m_steps->addData(m_data.begin, nothing);
    for (int bin = 0; bin < m_data.counts.size(); ++bin)
        m_steps->addData(m_data.begin + bin * m_data.width, std::max(m_data.counts[bin], nothing));
    m_steps->addData(m_data.begin + double(m_data.counts.size()) * m_data.width, nothing);
}

void HistogramCanvas::drawMarks() {
    for (QCPItemStraightLine* line : std::as_const(m_marks)) removeItem(line);
    m_marks.clear();
    for (const PlotMark& mark : m_data.marks) {
        auto* line = new QCPItemStraightLine(this);
        line->point1->setCoords(mark.place, 0);
        line->point2->setCoords(mark.place, 1);
        m_marks << line;
    }
}

void HistogramCanvas::fitAxes() {
    double low = m_data.begin;
    double high = m_data.begin + double(m_data.counts.size()) * m_data.width;
    for (const PlotMark& mark : m_data.marks) {
        low = std::min(low, mark.place);
        high = std::max(high, mark.place);
    }
    const double margin = std::max(high - low, m_data.width) * kMargin;
    xAxis->setRange(low - margin, high + margin);
    const double most = m_data.counts.isEmpty() ? 1 : *std::max_element(m_data.counts.begin(), m_data.counts.end());
    yAxis->setRange(m_logarithmic ? kLowest : 0, (m_logarithmic ? 2 : kHeadroom) * most);
}

} // namespace widgets
