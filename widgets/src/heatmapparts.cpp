#include "heatmapparts.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QShortcut>
#include <QVBoxLayout>

namespace widgets {

namespace {

constexpr int kSheetMargin = 6;

} // namespace

void HeatmapWidget::Parts::build() {
    const PlotFrameTexts texts{{},
                               tr("Show the numbers as a table"),
                               tr("Show the numbers of the map as a table; Ctrl+C copies them"),
                               tr("Nothing measured yet"),
                               tr("Value of the cell")};
    frame.begin(&owner, texts);
    plot = new HeatmapPlot(table, &owner);
    auto* view = new QTableView(&owner);
    view->setModel(&table);
    view->setAccessibleName(tr("SQNR in dB, blocks by timesteps"));
    view->horizontalHeader()->setSectionsClickable(true);
    view->horizontalHeader()->setToolTip(tr("Click to sort by it, again to turn the order round"));
    view->horizontalHeader()->setDefaultSectionSize(
        view->fontMetrics().horizontalAdvance(QStringLiteral("00.0 floor")) + 12);
    frame.hold(&owner, plot, view, texts);
    key = new HeatmapKey(&owner);
    legend = new QLabel(&owner);
    legend->setWordWrap(true);
    rearranging.setSingleShot(true);
    rearranging.setInterval(0);
}

void HeatmapWidget::Parts::arrange() {
    auto* head = new QHBoxLayout;
    head->addWidget(frame.title, 1);
    head->addWidget(frame.asTable);
    auto* foot = new QHBoxLayout;
    foot->addWidget(frame.readOut, 1);
    foot->addWidget(key);
    auto* column = new QVBoxLayout(&owner);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(frame.pages, 1);
    column->addLayout(foot);
    column->addWidget(legend);
}

void HeatmapWidget::Parts::connectAll() {
    connect(frame.asTable, &QToolButton::toggled, &owner, [this] { showPage(); });
    connect(&rearranging, &QTimer::timeout, &owner, [this] { arrangeNow(); });
    connectPlot();
    connectTable();
    auto* copy = new QShortcut(QKeySequence::Copy, &owner, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(copy, &QShortcut::activated, &owner, &HeatmapWidget::copy);
}

void HeatmapWidget::Parts::connectPlot() {
    connect(plot, &HeatmapPlot::hovered, &owner, [this](int row, int column) {
        showReadOut();
        Q_EMIT owner.cellHovered(table.sourceRow(row), column, table.map().at(row, column));
    });
    connect(plot, &HeatmapPlot::hoveredBeside, &owner, [this](const QString& sentence) {
        showReadOut();
        if (!sentence.isEmpty()) frame.readOut->setText(sentence);
    });
    connect(plot, &HeatmapPlot::picked, &owner, [this](int row, int column) {
        const QScopedValueRollback quiet(following, true);
        frame.view->setCurrentIndex(table.index(row, column));
        showReadOut();
        Q_EMIT owner.rowSelected(table.sourceRow(row));
    });
    connect(plot, &HeatmapPlot::brushed, &owner, &HeatmapWidget::brushChanged);
    connect(plot, &HeatmapPlot::foldToggled, &owner, [this](int row) { toggleFold(row); });
    connect(plot, &HeatmapPlot::timestepClicked, &owner,
            [this](int column) { sortBy(HeatmapSort::Timestep, table.map().columns.value(column)); });
    connect(plot, &HeatmapPlot::summaryClicked, &owner,
            [this](bool worst) { sortBy(worst ? HeatmapSort::Worst : HeatmapSort::Mean); });
}

void HeatmapWidget::Parts::connectTable() {
    connect(frame.view->selectionModel(), &QItemSelectionModel::currentChanged, &owner, [this](const QModelIndex& now) {
        if (following || !table.map().contains(now.row(), 0)) return;
        const int lastColumn = int(table.map().columns.size()) - 1;
        plot->setMarks({now.row(), std::min(now.column(), lastColumn)}, {now.row()});
        showReadOut();
        Q_EMIT owner.rowSelected(table.sourceRow(now.row()));
    });
    connect(frame.view->horizontalHeader(), &QHeaderView::sectionClicked, &owner, [this](int section) {
        const int beyond = section - int(table.map().columns.size());
        if (beyond < 0) return sortBy(HeatmapSort::Timestep, table.map().columns[section]);
        sortBy(beyond == 0 ? HeatmapSort::Mean : HeatmapSort::Worst);
    });
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

HeatmapWidget::Parts::Places HeatmapWidget::Parts::keptPlaces() const {
    const HeatmapMarks& marks = plot->marks();
    Places places{{table.sourceRow(marks.current.row), marks.current.column}, {}};
    for (const int row : marks.rows) places.rows << table.sourceRow(row);
    return places;
}

/// Rows that are folded away now are told by the row they are folded into.
void HeatmapWidget::Parts::restore(const Places& places) {
    const auto place = [this](int row) {
        const int shown = table.shownRow(row);
        return shown >= 0 ? shown : table.shownRow(table.source().parentOf(row));
    };
    QList<int> rows;
    for (const int row : places.rows)
        if (place(row) >= 0 && !rows.contains(place(row))) rows << place(row);
    const int current = place(places.current.row);
    mark(current >= 0 ? Cell{current, places.current.column} : Cell{}, rows);
}

void HeatmapWidget::Parts::mark(Cell current, const QList<int>& rows) {
    const QScopedValueRollback quiet(following, true);
    frame.view->setCurrentIndex(table.index(current.row, current.column));
    plot->setMarks(current, rows);
}

void HeatmapWidget::Parts::setOrder(const HeatmapOrder& order) {
    if (order == table.order()) return;
    const Places kept = keptPlaces();
    const QScopedValueRollback quiet(following, true);
    table.setOrder(order);
    plot->rowsChanged();
    restore(kept);
    showReadOut();
}

void HeatmapWidget::Parts::arrangeSoon() {
    const HeatmapSort by = table.order().by;
    if (by == HeatmapSort::Mean || by == HeatmapSort::Worst || by == HeatmapSort::Timestep) rearranging.start();
}

void HeatmapWidget::Parts::arrangeNow() {
    const QStringList before = table.map().rows;
    const Places kept = keptPlaces();
    const QScopedValueRollback quiet(following, true);
    table.arrange();
    if (table.map().rows == before) return;
    plot->rowsChanged();
    restore(kept);
    showReadOut();
}

void HeatmapWidget::Parts::toggleFold(int row) {
    const QString id = table.map().rows.value(row);
    if (table.fold(row) == HeatmapTable::Fold::None) return;
    if (parentRows(table.source()).contains(table.sourceRow(row))) {
        HeatmapOrder order = table.order();
        if (!order.expanded.remove(id)) order.expanded.insert(id);
        setOrder(order);
        Q_EMIT owner.orderChanged();
        return;
    }
    Q_EMIT owner.detailsRequested(table.sourceRow(row));
}

void HeatmapWidget::Parts::sortBy(HeatmapSort by, int timestep) {
    HeatmapOrder order = table.order();
    const bool isSame = order.by == by && (by != HeatmapSort::Timestep || order.timestep == timestep);
    order.descending = isSame && !order.descending;
    order.by = by;
    order.timestep = timestep;
    setOrder(order);
    Q_EMIT owner.orderChanged();
}

int HeatmapWidget::Parts::headHeight() const {
    return owner.fontMetrics().height() * 2;
}

int HeatmapWidget::Parts::footHeight() const {
    const QRect words = owner.fontMetrics().boundingRect(QRect(0, 0, plot->width() - 2 * kSheetMargin, 1 << 16),
                                                         Qt::TextWordWrap, table.map().legend);
    return key->sizeHint().height() + words.height() + 3 * kSheetMargin;
}

QSize HeatmapWidget::Parts::sheetSize() const {
    return {plot->width(), headHeight() + plot->height() + footHeight()};
}

void HeatmapWidget::Parts::drawTexts(QPainter& painter, const QPalette& palette, qreal ratio) const {
    const QSize sheet = sheetSize();
    const int width = sheet.width() - 2 * kSheetMargin;
    painter.setPen(palette.color(QPalette::WindowText));
    painter.setFont(frame.title->font());
    painter.drawText(QRect(kSheetMargin, 0, width, headHeight()), Qt::AlignLeft | Qt::AlignVCenter, table.map().title);
    painter.setFont(owner.font());
    painter.save();
    painter.translate(kSheetMargin, sheet.height() - footHeight() + kSheetMargin);
    key->draw(painter, palette, ratio);
    painter.restore();
    const int top = sheet.height() - footHeight() + 2 * kSheetMargin + key->sizeHint().height();
    painter.drawText(QRect(kSheetMargin, top, width, sheet.height() - top), Qt::TextWordWrap, table.map().legend);
}

} // namespace widgets
