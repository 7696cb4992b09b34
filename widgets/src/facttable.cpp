#include <widgets/facttable.h>

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>

namespace widgets {

QString toTabSeparated(const Facts& facts) {
    QString text = facts.header.join(u'\t') + u'\n';
    for (const QStringList& row : facts.rows) text += row.join(u'\t') + u'\n';
    return text;
}

void FactModel::show(const Facts& facts) {
    if (facts == m_facts) return;
    beginResetModel();
    m_facts = facts;
    endResetModel();
}

int FactModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_facts.rows.size());
}

int FactModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_facts.header.size());
}

QVariant FactModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= m_facts.rows.size()) return {};
    if (role == Qt::TextAlignmentRole && index.column() > 0 && m_facts.numbers)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    return m_facts.rows[index.row()].value(index.column());
}

QVariant FactModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
    return m_facts.header.value(section);
}

FactTable::FactTable(QWidget* parent) : QTableView(parent) {
    setModel(&m_model);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
}

void FactTable::setFacts(const Facts& facts) {
    if (facts == m_model.facts()) return;
    const int row = currentIndex().row();
    m_model.show(facts);
    if (row >= 0 && row < m_model.rowCount()) setCurrentIndex(m_model.index(row, 0));
    resizeColumnsToContents();
}

void FactTable::copy() const {
    QGuiApplication::clipboard()->setText(toTabSeparated(m_model.facts()));
}

void FactTable::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return copy();
    QTableView::keyPressEvent(event);
}

} // namespace widgets
