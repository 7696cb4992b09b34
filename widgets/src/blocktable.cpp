#include <widgets/blocktable.h>

#include "blocktreeview.h"
#include "formatdelegate.h"

#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

#include <algorithm>

namespace widgets {

struct BlockTable::Parts {
    BlockTreeModel* model = nullptr;
    QSortFilterProxyModel* proxy = nullptr;
    QLineEdit* filter = nullptr;
    BlockTreeView* view = nullptr;
    FormatDelegate* weights = nullptr;
    FormatDelegate* activations = nullptr;
    bool selecting = false; ///< by the program, not by the user

    void build(BlockTable* owner);
    void buildView(BlockTable* owner);
    void connectTo(BlockTable* owner);
    void announce(BlockTable* owner) const;
    void edit(const QModelIndex& index);
    void apply(const QModelIndex& index, const QString& format);
    void addChoices(QMenu* menu, const FormatDelegate* delegate, int column, const QStringList& blocks);
    void showMenu(const QPoint& position);
    QStringList blocksOf(const QModelIndexList& rows) const;
};

void BlockTable::Parts::build(BlockTable* owner) {
    model = new BlockTreeModel(owner);
    proxy = new QSortFilterProxyModel(owner);
    proxy->setSourceModel(model);
    proxy->setSortRole(BlockTreeModel::SortRole);
    proxy->setFilterRole(BlockTreeModel::IdRole);
    proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    proxy->setRecursiveFilteringEnabled(true);
    filter = new QLineEdit(owner);
    filter->setPlaceholderText(BlockTable::tr("Filter blocks"));
    filter->setClearButtonEnabled(true);
    filter->setAccessibleName(BlockTable::tr("Filter blocks by name"));
    buildView(owner);
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addWidget(filter);
    column->addWidget(view, 1);
}

void BlockTable::Parts::buildView(BlockTable* owner) {
    view = new BlockTreeView(owner);
    view->setModel(proxy);
    view->setAccessibleName(BlockTable::tr("Blocks and their precision"));
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    view->setUniformRowHeights(true);
    view->setAlternatingRowColors(true);
    view->setSortingEnabled(true);
    view->header()->setSortIndicatorClearable(true);
    view->header()->setStretchLastSection(false);
    view->sortByColumn(-1, Qt::AscendingOrder);
    view->setItemDelegate(new CellDelegate(owner));
    weights = new FormatDelegate(owner);
    activations = new FormatDelegate(owner);
    view->setItemDelegateForColumn(BlockTreeModel::Weights, weights);
    view->setItemDelegateForColumn(BlockTreeModel::Activations, activations);
}

void BlockTable::Parts::connectTo(BlockTable* owner) {
    connect(filter, &QLineEdit::textChanged, owner, [this](const QString& text) {
        proxy->setFilterFixedString(text);
        view->expandAll();
    });
    connect(model, &QAbstractItemModel::modelReset, view, [view = view] {
        view->expandAll();
        view->fitColumns();
    });
    connect(proxy, &QAbstractItemModel::dataChanged, view, &BlockTreeView::widenColumnsSoon);
    connect(model, &BlockTreeModel::formatRequested, owner, &BlockTable::formatRequested);
    for (const FormatDelegate* delegate : {weights, activations}) {
        connect(delegate, &FormatDelegate::chosen, owner,
                [this](const QModelIndex& index, const QString& format) { apply(index, format); });
    }
    connect(view, &QAbstractItemView::clicked, owner, [this](const QModelIndex& index) { edit(index); });
    connect(view, &QWidget::customContextMenuRequested, owner, [this](const QPoint& place) { showMenu(place); });
    connect(view->selectionModel(), &QItemSelectionModel::selectionChanged, owner, [this, owner] { announce(owner); });
}

void BlockTable::Parts::announce(BlockTable* owner) const {
    if (selecting) return;
    Q_EMIT owner->selectionChanged(owner->selectedBlocks());
    const QModelIndexList rows = view->selectionModel()->selectedRows();
    const QModelIndex current = view->currentIndex().siblingAtColumn(0);
    const QModelIndex row = rows.contains(current) ? current : rows.value(0);
    if (row.isValid() && !row.data(BlockTreeModel::GroupRole).toBool()) {
        Q_EMIT owner->blockSelected(row.data(BlockTreeModel::IdRole).toString());
    }
}

void BlockTable::Parts::edit(const QModelIndex& index) {
    if (!index.flags().testFlag(Qt::ItemIsEditable) || QGuiApplication::keyboardModifiers() != Qt::NoModifier) return;
    view->edit(index);
    if (auto* box = qobject_cast<QComboBox*>(view->indexWidget(index))) box->showPopup();
}

QStringList BlockTable::Parts::blocksOf(const QModelIndexList& rows) const {
    QSet<QString> chosen;
    for (const QModelIndex& row : rows) {
        for (const QString& id : row.data(BlockTreeModel::BlocksRole).toStringList()) chosen.insert(id);
    }
    QStringList ordered;
    for (const BlockRow& row : model->rows()) {
        if (chosen.contains(row.id)) ordered << row.id;
    }
    return ordered;
}

/// An edit of a selected row means all selected rows.
void BlockTable::Parts::apply(const QModelIndex& index, const QString& format) {
    const QItemSelectionModel* selection = view->selectionModel();
    const QModelIndex row = index.siblingAtColumn(0);
    const bool meansAll = selection->isSelected(row);
    model->requestFormat(blocksOf(meansAll ? selection->selectedRows() : QModelIndexList{row}), index.column(), format);
}

void BlockTable::Parts::addChoices(QMenu* menu, const FormatDelegate* delegate, int column, const QStringList& blocks) {
    const QString header = model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    QMenu* choices = menu->addMenu(header);
    for (const QString& format : delegate->choices()) {
        const QAction* action = choices->addAction(format);
        connect(action, &QAction::triggered, model,
                [this, blocks, column, format] { model->requestFormat(blocks, column, format); });
    }
    choices->setEnabled(!choices->isEmpty() && !blocks.isEmpty());
}

void BlockTable::Parts::showMenu(const QPoint& position) {
    auto* menu = new QMenu(view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QStringList blocks = blocksOf(view->selectionModel()->selectedRows());
    addChoices(menu, weights, BlockTreeModel::Weights, blocks);
    addChoices(menu, activations, BlockTreeModel::Activations, blocks);
    menu->addSeparator();
    connect(menu->addAction(BlockTable::tr("Expand All")), &QAction::triggered, view, &QTreeView::expandAll);
    connect(menu->addAction(BlockTable::tr("Collapse All")), &QAction::triggered, view, &QTreeView::collapseAll);
    menu->popup(view->viewport()->mapToGlobal(position));
}

BlockTable::BlockTable(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>()) {
    setAccessibleName(BlockTable::tr("Block table"));
    m_parts->build(this);
    m_parts->connectTo(this);
    setFocusProxy(m_parts->view);
}

BlockTable::~BlockTable() {
    delete m_parts->view; // its signals refer to the parts
}

BlockTreeModel* BlockTable::model() const {
    return m_parts->model;
}

void BlockTable::setChoices(const QStringList& weights, const QStringList& activations) {
    m_parts->weights->setChoices(weights);
    m_parts->activations->setChoices(activations);
}

void BlockTable::selectBlock(const QString& id) {
    const QScopedValueRollback quiet(m_parts->selecting, true);
    const QModelIndex index = m_parts->proxy->mapFromSource(m_parts->model->indexOf(id));
    if (!index.isValid()) {
        m_parts->view->selectionModel()->clear();
        return;
    }
    m_parts->view->selectionModel()->setCurrentIndex(index,
                                                     QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_parts->view->scrollTo(index);
}

QStringList BlockTable::selectedBlocks() const {
    return m_parts->blocksOf(m_parts->view->selectionModel()->selectedRows());
}

QString BlockTable::filter() const {
    return m_parts->filter->text();
}

void BlockTable::setFilter(const QString& text) {
    m_parts->filter->setText(text);
}

QStringList BlockTable::foldedGroups() const {
    QStringList folded;
    const auto visit = [&](const auto& self, const QModelIndex& parent) -> void {
        for (int row = 0; row < m_parts->proxy->rowCount(parent); ++row) {
            const QModelIndex index = m_parts->proxy->index(row, 0, parent);
            if (!index.data(BlockTreeModel::GroupRole).toBool()) continue;
            if (!m_parts->view->isExpanded(index)) folded << index.data(BlockTreeModel::IdRole).toString();
            self(self, index);
        }
    };
    visit(visit, {});
    return folded;
}

void BlockTable::setFoldedGroups(const QStringList& ids) {
    m_parts->view->expandAll();
    for (const QString& id : ids) m_parts->view->collapse(m_parts->proxy->mapFromSource(m_parts->model->indexOf(id)));
}

} // namespace widgets
