#include <widgets/paretoplot.h>

#include "paretocanvas.h"
#include "plotframe.h"

#include <widgets/paretotable.h>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QScopedValueRollback>
#include <QVBoxLayout>

namespace widgets {

struct ParetoPlot::Parts {
    ParetoData data;
    ParetoTable table;
    PlotFrame frame;
    ParetoCanvas* canvas = nullptr;
    bool following = false; ///< the table is being moved to where the canvas is, or refilled

    void build(ParetoPlot* owner);
    void arrange(ParetoPlot* owner);
    void connectTo(ParetoPlot* owner);
    void showPage();
    void showReadOut();
};

void ParetoPlot::Parts::build(ParetoPlot* owner) {
    const PlotFrameTexts texts{ParetoPlot::tr("Cost against quality"), ParetoPlot::tr("Show the points as a table"),
                               ParetoPlot::tr("Show the points of the picture as a table; Enter picks one"),
                               ParetoPlot::tr("Nothing to choose from yet"), ParetoPlot::tr("Value of the point")};
    frame.begin(owner, texts);
    canvas = new ParetoCanvas(owner);
    canvas->setToolTip(ParetoPlot::tr("A click on a recipe makes its cost or its SQNR the target"));
    auto* view = new QTableView(owner);
    view->setModel(&table);
    view->setAccessibleName(ParetoPlot::tr("Recipes by cost and SQNR"));
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::SingleSelection);
    view->verticalHeader()->hide();
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    view->horizontalHeader()->setStretchLastSection(true);
    frame.hold(owner, canvas, view, texts);
}

void ParetoPlot::Parts::arrange(ParetoPlot* owner) {
    auto* head = new QHBoxLayout;
    head->addWidget(frame.title, 1);
    head->addWidget(frame.asTable);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(frame.pages, 1);
    column->addWidget(frame.readOut);
}

void ParetoPlot::Parts::connectTo(ParetoPlot* owner) {
    connect(frame.asTable, &QToolButton::toggled, owner, [this] { showPage(); });
    connect(canvas, &ParetoCanvas::moved, owner, [this] {
        const QScopedValueRollback quiet(following, true);
        frame.view->setCurrentIndex(table.index(canvas->current(), 0));
        showReadOut();
    });
    connect(canvas, &ParetoCanvas::picked, owner,
            [this, owner](int index) { Q_EMIT owner->picked(table.marks()[index].point); });
    connect(frame.view->selectionModel(), &QItemSelectionModel::currentChanged, owner, [this](const QModelIndex& now) {
        if (!following && now.isValid()) canvas->setCurrent(now.row());
    });
    connect(frame.view, &QTableView::activated, owner,
            [this, owner](const QModelIndex& index) { Q_EMIT owner->picked(table.marks()[index.row()].point); });
}

void ParetoPlot::Parts::showPage() {
    frame.showPage(table.marks().isEmpty());
}

void ParetoPlot::Parts::showReadOut() {
    const auto textOf = [this](int index) {
        return index < 0 ? QString() : markText(table.axis(), table.marks()[index]);
    };
    frame.tell(textOf(canvas->shown()), textOf(canvas->current()));
}

ParetoPlot::ParetoPlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(ParetoPlot::tr("Cost against quality"));
    m_parts->build(this);
    m_parts->arrange(this);
    m_parts->connectTo(this);
    m_parts->showPage();
}

// Children refer to the parts, so they go first.
ParetoPlot::~ParetoPlot() {
    delete m_parts->frame.pages;
}

void ParetoPlot::setData(const ParetoData& data) {
    if (data == m_parts->data) return;
    const QScopedValueRollback quiet(m_parts->following, true);
    m_parts->data = data;
    m_parts->table.show(data);
    m_parts->canvas->setPoints(data);
    m_parts->frame.view->setCurrentIndex(m_parts->table.index(m_parts->canvas->current(), 0));
    m_parts->showPage();
    m_parts->showReadOut();
}

const ParetoData& ParetoPlot::data() const {
    return m_parts->data;
}

bool ParetoPlot::tableShown() const {
    return m_parts->frame.asTable->isChecked();
}

void ParetoPlot::setTableShown(bool shown) {
    m_parts->frame.asTable->setChecked(shown);
}

QString ParetoPlot::readOut() const {
    return m_parts->frame.readOut->text();
}

} // namespace widgets
