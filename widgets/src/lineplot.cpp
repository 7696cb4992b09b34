#include <widgets/lineplot.h>

#include "linecanvas.h"
#include "plotparts.h"

namespace widgets {

struct LinePlot::Parts {
    LineData data;
    PlotParts plot;
    LineCanvas* canvas = nullptr;

    void build(LinePlot* owner);
};

void LinePlot::Parts::build(LinePlot* owner) {
    canvas = new LineCanvas(owner);
    plot.textOf = [this](int place) { return placeText(data, place); };
    plot.rowOf = plot.elementOf = [](int index) { return index; };
    plot.build(owner, canvas,
               {{},
                tr("Show the lines as a table"),
                tr("Show the lines as a table; Ctrl+C copies it"),
                tr("Nothing measured yet"),
                tr("Values at the place")});
}

LinePlot::LinePlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    m_parts->build(this);
}

// Children refer to the parts, so they go first.
LinePlot::~LinePlot() {
    delete m_parts->plot.frame.pages;
}

void LinePlot::setData(const LineData& data) {
    if (data == m_parts->data) return;
    m_parts->data = data;
    setAccessibleName(data.title);
    m_parts->canvas->setLines(data);
    m_parts->plot.show(data.title, factsOf(data), {});
}

const LineData& LinePlot::data() const {
    return m_parts->data;
}

void LinePlot::setEmptyText(const QString& text) {
    m_parts->plot.frame.empty->setText(text);
}

bool LinePlot::tableShown() const {
    return m_parts->plot.frame.asTable->isChecked();
}

void LinePlot::setTableShown(bool shown) {
    m_parts->plot.frame.asTable->setChecked(shown);
}

QString LinePlot::readOut() const {
    return m_parts->plot.frame.readOut->text();
}

} // namespace widgets
