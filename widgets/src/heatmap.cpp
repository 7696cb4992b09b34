#include <widgets/heatmap.h>

#include "heatmapkey.h"
#include "heatmapplot.h"
#include "plotframe.h"

#include <widgets/heatmaptable.h>

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScopedValueRollback>
#include <QShortcut>
#include <QVBoxLayout>

namespace widgets {

struct HeatmapWidget::Parts {
    HeatmapTable table;
    PlotFrame frame;
    HeatmapPlot* plot = nullptr;
    HeatmapKey* key = nullptr;
    QLabel* legend = nullptr;
    std::optional<DbRange> fixedRange;
    bool following = false; ///< the table view is being moved to where the plot is

    DbRange range() const { return fixedRange.value_or(rangeOf(table.map())); }
    void build(HeatmapWidget* owner);
    void arrange(HeatmapWidget* owner);
    void connectTo(HeatmapWidget* owner);
    void showPage();
    void showReadOut();
};

void HeatmapWidget::Parts::build(HeatmapWidget* owner) {
    const PlotFrameTexts texts{{},
                               QStringLiteral("Show the numbers as a table"),
                               QStringLiteral("Show the numbers of the map as a table; Ctrl+C copies them"),
                               QStringLiteral("Nothing measured yet"),
                               QStringLiteral("Value of the cell")};
    frame.begin(owner, texts);
    plot = new HeatmapPlot(table.map(), owner);
    auto* view = new QTableView(owner);
    view->setModel(&table);
    view->setAccessibleName(QStringLiteral("SQNR in dB, blocks by timesteps"));
    view->horizontalHeader()->setDefaultSectionSize(
        view->fontMetrics().horizontalAdvance(QStringLiteral("00.0 floor")) + 12);
    frame.hold(owner, plot, view, texts);
    key = new HeatmapKey(owner);
    legend = new QLabel(owner);
    legend->setWordWrap(true);
}

void HeatmapWidget::Parts::arrange(HeatmapWidget* owner) {
    auto* head = new QHBoxLayout;
    head->addWidget(frame.title, 1);
    head->addWidget(frame.asTable);
    auto* foot = new QHBoxLayout;
    foot->addWidget(frame.readOut, 1);
    foot->addWidget(key);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(frame.pages, 1);
    column->addLayout(foot);
    column->addWidget(legend);
}

void HeatmapWidget::Parts::connectTo(HeatmapWidget* owner) {
    connect(frame.asTable, &QToolButton::toggled, owner, [this] { showPage(); });
    connect(plot, &HeatmapPlot::hovered, owner, [this, owner](int row, int column) {
        showReadOut();
        Q_EMIT owner->cellHovered(row, column, table.map().at(row, column));
    });
    connect(plot, &HeatmapPlot::picked, owner, [this, owner](int row, int column) {
        const QScopedValueRollback quiet(following, true);
        frame.view->setCurrentIndex(table.index(row, column));
        showReadOut();
        Q_EMIT owner->rowSelected(row);
    });
    connect(frame.view->selectionModel(), &QItemSelectionModel::currentChanged, owner,
            [this, owner](const QModelIndex& now) {
                if (following || !now.isValid()) return;
                plot->setMarks({now.row(), now.column()}, {now.row()});
                showReadOut();
                Q_EMIT owner->rowSelected(now.row());
            });
    auto* copy = new QShortcut(QKeySequence::Copy, owner, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(copy, &QShortcut::activated, owner,
            [this] { QApplication::clipboard()->setText(toTabSeparated(table.map())); });
}

void HeatmapWidget::Parts::showPage() {
    frame.showPage(table.map().rows.isEmpty() || table.map().columns.isEmpty());
}

void HeatmapWidget::Parts::showReadOut() {
    const HeatmapMarks& marks = plot->marks();
    const HeatmapData& map = table.map();
    const Cell cell = map.contains(marks.hovered.row, marks.hovered.column) ? marks.hovered : marks.current;
    frame.tell(map.cellText(cell.row, cell.column), map.cellText(marks.current.row, marks.current.column));
}

HeatmapWidget::HeatmapWidget(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(QStringLiteral("SQNR heatmap"));
    m_parts->build(this);
    m_parts->arrange(this);
    m_parts->connectTo(this);
    setFocusProxy(m_parts->plot);
    m_parts->showPage();
}

// Children refer to the parts, so they go first.
HeatmapWidget::~HeatmapWidget() {
    delete m_parts->frame.pages;
}

void HeatmapWidget::setData(HeatmapData data) {
    const HeatmapData& old = m_parts->table.map();
    const bool sameShape = old.rows == data.rows && old.columns == data.columns;
    const Cell current = m_parts->plot->marks().current;
    m_parts->frame.title->setText(data.title);
    m_parts->legend->setText(data.legend);
    m_parts->legend->setVisible(!data.legend.isEmpty());
    m_parts->plot->setToolTip(data.legend);
    const QScopedValueRollback quiet(m_parts->following, true);
    m_parts->table.setData(std::move(data));
    if (!sameShape) m_parts->plot->shapeChanged();
    if (sameShape) m_parts->frame.view->setCurrentIndex(m_parts->table.index(current.row, current.column));
    m_parts->plot->valuesChanged(m_parts->range());
    m_parts->showPage();
    m_parts->showReadOut();
}

const HeatmapData& HeatmapWidget::data() const {
    return m_parts->table.map();
}

void HeatmapWidget::setRow(int row, const QList<double>& db) {
    m_parts->table.setRow(row, db);
    m_parts->plot->valuesChanged(m_parts->range());
    m_parts->showReadOut();
}

void HeatmapWidget::setFloor(const QList<double>& floorDb) {
    m_parts->table.setFloor(floorDb);
    m_parts->plot->valuesChanged(m_parts->range());
    m_parts->showReadOut();
}

void HeatmapWidget::setColourRange(double lowDb, double highDb) {
    m_parts->fixedRange = DbRange{lowDb, highDb};
    m_parts->plot->valuesChanged(m_parts->range());
}

void HeatmapWidget::setAutoColourRange() {
    m_parts->fixedRange.reset();
    m_parts->plot->valuesChanged(m_parts->range());
}

DbRange HeatmapWidget::colourRange() const {
    return m_parts->range();
}

int HeatmapWidget::selectedRow() const {
    return m_parts->plot->marks().current.row;
}

int HeatmapWidget::selectedColumn() const {
    return m_parts->plot->marks().current.column;
}

void HeatmapWidget::setSelectedRow(int row) {
    setSelectedRows(row >= 0 ? QList<int>{row} : QList<int>{});
}

void HeatmapWidget::setSelectedRows(const QList<int>& rows) {
    QList<int> known;
    for (const int row : rows) {
        if (data().contains(row, 0)) known << row;
    }
    const Cell before = m_parts->plot->marks().current;
    const Cell current = known.isEmpty() ? Cell{} : Cell{known.first(), std::max(0, before.column)};
    const QScopedValueRollback quiet(m_parts->following, true);
    m_parts->frame.view->setCurrentIndex(m_parts->table.index(current.row, current.column));
    m_parts->plot->setMarks(current, known);
    m_parts->showReadOut();
}

QList<int> HeatmapWidget::selectedRows() const {
    return m_parts->plot->marks().rows;
}

bool HeatmapWidget::tableShown() const {
    return m_parts->frame.asTable->isChecked();
}

void HeatmapWidget::setTableShown(bool shown) {
    m_parts->frame.asTable->setChecked(shown);
}

QString HeatmapWidget::readOut() const {
    return m_parts->frame.readOut->text();
}

} // namespace widgets
