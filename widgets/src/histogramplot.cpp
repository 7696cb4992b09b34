#include <widgets/histogramplot.h>

#include "histogramcanvas.h"
#include "plotparts.h"

namespace widgets {

struct HistogramPlot::Parts {
    HistogramData data;
    PlotParts plot;
    HistogramCanvas* canvas = nullptr;
    QToolButton* logarithmic = nullptr;
    QList<int> bins; ///< by row of the table: those that hold something

    void build(HistogramPlot* owner);
    void buildLogarithmic(HistogramPlot* owner);
};

void HistogramPlot::Parts::build(HistogramPlot* owner) {
    canvas = new HistogramCanvas(owner);
    plot.textOf = [this](int bin) { return binText(data, bin); };
    plot.rowOf = [this](int bin) { return int(bins.indexOf(bin)); };
    plot.elementOf = [this](int row) { return bins[row]; };
    plot.build(owner, canvas,
               {{},
                tr("Show the histogram as a table"),
                tr("Show the histogram as a table; Ctrl+C copies it"),
                tr("Nothing counted yet"),
                tr("Values in the bin")});
    buildLogarithmic(owner);
}

void HistogramPlot::Parts::buildLogarithmic(HistogramPlot* owner) {
    logarithmic = new QToolButton(owner);
    logarithmic->setText(tr("Log"));
    logarithmic->setCheckable(true);
    logarithmic->setChecked(true);
    logarithmic->setFocusPolicy(Qt::StrongFocus);
    logarithmic->setAccessibleName(tr("Logarithmic counts"));
    logarithmic->setToolTip(tr("Count on a logarithmic scale, on which single values far out can be seen"));
    plot.head->insertWidget(1, logarithmic);
    QWidget::setTabOrder(logarithmic, plot.frame.asTable);
    connect(logarithmic, &QToolButton::toggled, canvas, &HistogramCanvas::setLogarithmic);
}

HistogramPlot::HistogramPlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    m_parts->build(this);
}

// Children refer to the parts, so they go first.
HistogramPlot::~HistogramPlot() {
    delete m_parts->plot.frame.pages;
}

void HistogramPlot::setData(const HistogramData& data) {
    if (data == m_parts->data) return;
    m_parts->data = data;
    m_parts->bins.clear();
    for (int bin = 0; bin < data.counts.size(); ++bin)
        if (data.counts[bin] > 0) m_parts->bins << bin;
    setAccessibleName(data.title);
    m_parts->canvas->setBins(data);
    m_parts->plot.show(data.title, factsOf(data), data.note);
}

const HistogramData& HistogramPlot::data() const {
    return m_parts->data;
}

void HistogramPlot::setEmptyText(const QString& text) {
    m_parts->plot.frame.empty->setText(text);
}

bool HistogramPlot::isLogarithmic() const {
    return m_parts->logarithmic->isChecked();
}

void HistogramPlot::setLogarithmic(bool logarithmic) {
    m_parts->logarithmic->setChecked(logarithmic);
}

bool HistogramPlot::tableShown() const {
    return m_parts->plot.frame.asTable->isChecked();
}

void HistogramPlot::setTableShown(bool shown) {
    m_parts->plot.frame.asTable->setChecked(shown);
}

QString HistogramPlot::readOut() const {
    return m_parts->plot.frame.readOut->text();
}

} // namespace widgets
