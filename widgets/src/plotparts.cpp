#include "plotparts.h"

#include <QScopedValueRollback>
#include <QVBoxLayout>

namespace widgets {

void PlotParts::build(QWidget* owner, PlotCanvas* itsCanvas, const PlotFrameTexts& texts) {
    frame.begin(owner, texts);
    canvas = itsCanvas;
    table = new FactTable(owner);
    frame.hold(owner, canvas, table, texts);
    arrange(owner);
    connectTo(owner);
    frame.showPage(true);
}

void PlotParts::arrange(QWidget* owner) {
    head = new QHBoxLayout;
    head->addWidget(frame.title, 1);
    head->addWidget(frame.asTable);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(head);
    column->addWidget(frame.pages, 1);
    column->addWidget(frame.readOut);
}

void PlotParts::connectTo(QWidget* owner) {
    QObject::connect(frame.asTable, &QToolButton::toggled, owner,
                     [this] { frame.showPage(table->facts().rows.isEmpty()); });
    QObject::connect(canvas, &PlotCanvas::copyRequested, table, &FactTable::copy);
    QObject::connect(canvas, &PlotCanvas::moved, owner, [this] {
        const QScopedValueRollback quiet(m_following, true);
        const int row = canvas->current() < 0 ? -1 : rowOf(canvas->current());
        table->setCurrentIndex(row < 0 ? QModelIndex() : table->model()->index(row, 0));
        showReadOut();
    });
    QObject::connect(table->selectionModel(), &QItemSelectionModel::currentChanged, owner,
                     [this](const QModelIndex& now) {
                         if (!m_following && now.isValid()) canvas->setCurrent(elementOf(now.row()));
                     });
}

void PlotParts::show(const QString& title, const Facts& facts, const QString& itsNote) {
    const QScopedValueRollback quiet(m_following, true);
    frame.title->setText(title);
    canvas->setAccessibleName(title);
    table->setAccessibleName(title);
    table->setFacts(facts);
    note = itsNote;
    frame.showPage(facts.rows.isEmpty());
    showReadOut();
}

void PlotParts::showReadOut() {
    const auto text = [this](int element) { return element < 0 ? note : textOf(element); };
    frame.tell(text(canvas->shown()), text(canvas->current()));
}

} // namespace widgets
