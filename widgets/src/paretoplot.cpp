#include <widgets/paretoplot.h>

#include "paretocanvas.h"

#include <widgets/paretotable.h>

#include <QAccessible>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScopedValueRollback>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace widgets {

struct ParetoPlot::Parts {
    ParetoData data;
    ParetoTable table;
    QLabel* title = nullptr;
    QToolButton* asTable = nullptr;
    QStackedWidget* pages = nullptr;
    QLabel* empty = nullptr;
    ParetoCanvas* canvas = nullptr;
    QTableView* view = nullptr;
    QLabel* readOut = nullptr;
    bool following = false; ///< the table is being moved to where the canvas is, or refilled

    void build(ParetoPlot* owner);
    void arrange(ParetoPlot* owner);
    void connectTo(ParetoPlot* owner);
    void showPage();
    void showReadOut();
};

void ParetoPlot::Parts::build(ParetoPlot* owner) {
    title = new QLabel(QStringLiteral("Cost against quality"), owner);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    asTable = new QToolButton(owner);
    asTable->setText(QStringLiteral("Table"));
    asTable->setCheckable(true);
    asTable->setFocusPolicy(Qt::StrongFocus);
    asTable->setAccessibleName(QStringLiteral("Show the points as a table"));
    asTable->setToolTip(QStringLiteral("Show the points of the picture as a table; Enter picks one"));
    empty = new QLabel(QStringLiteral("Nothing to choose from yet"), owner);
    empty->setAlignment(Qt::AlignCenter);
    canvas = new ParetoCanvas(owner);
    canvas->setToolTip(QStringLiteral("A click on a recipe makes its cost or its SQNR the target"));
    view = new QTableView(owner);
    view->setModel(&table);
    view->setAccessibleName(QStringLiteral("Recipes by cost and SQNR"));
    view->setTabKeyNavigation(false);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::SingleSelection);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 6);
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    view->horizontalHeader()->setStretchLastSection(true);
    readOut = new QLabel(owner);
    readOut->setAccessibleName(QStringLiteral("Value of the point"));
    readOut->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    readOut->setFocusPolicy(Qt::StrongFocus);
    readOut->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void ParetoPlot::Parts::arrange(ParetoPlot* owner) {
    pages = new QStackedWidget(owner);
    for (QWidget* page : {static_cast<QWidget*>(empty), static_cast<QWidget*>(canvas), static_cast<QWidget*>(view)})
        pages->addWidget(page);
    auto* head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(asTable);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(pages, 1);
    column->addWidget(readOut);
}

void ParetoPlot::Parts::connectTo(ParetoPlot* owner) {
    connect(asTable, &QToolButton::toggled, owner, [this] { showPage(); });
    connect(canvas, &ParetoCanvas::moved, owner, [this] {
        const QScopedValueRollback quiet(following, true);
        view->setCurrentIndex(table.index(canvas->current(), 0));
        showReadOut();
    });
    connect(canvas, &ParetoCanvas::picked, owner,
            [this, owner](int index) { Q_EMIT owner->picked(table.marks()[index].point); });
    connect(view->selectionModel(), &QItemSelectionModel::currentChanged, owner, [this](const QModelIndex& now) {
        if (!following && now.isValid()) canvas->setCurrent(now.row());
    });
    connect(view, &QTableView::activated, owner,
            [this, owner](const QModelIndex& index) { Q_EMIT owner->picked(table.marks()[index.row()].point); });
}

void ParetoPlot::Parts::showPage() {
    const bool nothing = table.marks().isEmpty();
    QWidget* drawn = asTable->isChecked() ? static_cast<QWidget*>(view) : canvas;
    pages->setCurrentWidget(nothing ? empty : drawn);
    asTable->setEnabled(!nothing);
}

void ParetoPlot::Parts::showReadOut() {
    const auto textOf = [this](int index) {
        return index < 0 ? QString() : markText(table.axis(), table.marks()[index]);
    };
    readOut->setText(textOf(canvas->shown()));
    readOut->setToolTip(readOut->text());
    canvas->setAccessibleDescription(textOf(canvas->current()));
    QAccessibleEvent changed(canvas, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

ParetoPlot::ParetoPlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(QStringLiteral("Cost against quality"));
    m_parts->build(this);
    m_parts->arrange(this);
    m_parts->connectTo(this);
    setFocusProxy(m_parts->canvas);
    m_parts->showPage();
}

// Children refer to the parts, so they go first.
ParetoPlot::~ParetoPlot() {
    delete m_parts->pages;
}

void ParetoPlot::setData(const ParetoData& data) {
    if (data == m_parts->data) return;
    const QScopedValueRollback quiet(m_parts->following, true);
    m_parts->data = data;
    m_parts->table.show(data);
    m_parts->canvas->setPoints(data);
    m_parts->view->setCurrentIndex(m_parts->table.index(m_parts->canvas->current(), 0));
    m_parts->showPage();
    m_parts->showReadOut();
}

const ParetoData& ParetoPlot::data() const {
    return m_parts->data;
}

bool ParetoPlot::tableShown() const {
    return m_parts->asTable->isChecked();
}

void ParetoPlot::setTableShown(bool shown) {
    m_parts->asTable->setChecked(shown);
}

QString ParetoPlot::readOut() const {
    return m_parts->readOut->text();
}

} // namespace widgets
