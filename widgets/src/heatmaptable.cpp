#include <widgets/heatmaptable.h>

#include <cmath>
#include <limits>

namespace widgets {

HeatmapTable::HeatmapTable(QObject* parent) : QAbstractTableModel(parent) {
}

void HeatmapTable::setData(HeatmapData data) {
    beginResetModel();
    m_source = std::move(data);
    m_source.db.resize(m_source.rows.size() * m_source.columns.size(), std::numeric_limits<double>::quiet_NaN());
    rebuild(arrangedRows(m_source, m_order));
    endResetModel();
}

void HeatmapTable::setOrder(const HeatmapOrder& order) {
    if (order == m_order) return;
    m_order = order;
    arrange();
}

void HeatmapTable::arrange() {
    QList<int> rows = arrangedRows(m_source, m_order);
    if (rows == m_rows) return;
    beginResetModel();
    rebuild(std::move(rows));
    endResetModel();
}

void HeatmapTable::rebuild(QList<int> rows) {
    m_rows = std::move(rows);
    m_shown = withRows(m_source, m_rows);
    m_places.fill(-1, m_source.rows.size());
    for (int row = 0; row < m_rows.size(); ++row) m_places[m_rows[row]] = row;
    const QList<int> parents = parentRows(m_source);
    const QSet<int> hasChildren(parents.begin(), parents.end());
    m_folds.clear();
    m_hasFolds = !parents.isEmpty() || m_source.hasDetails.contains(true);
    for (const int row : m_rows) {
        const bool isOpen = hasChildren.contains(row) && m_order.expanded.contains(m_source.rows[row]);
        const bool canOpen = hasChildren.contains(row) || m_source.hasDetails.value(row);
        m_folds << (isOpen ? Fold::Open : canOpen ? Fold::Folded : Fold::None);
    }
    m_summaries.reset();
}

HeatmapTable::Fold HeatmapTable::fold(int row) const {
    return m_folds.value(row, Fold::None);
}

void HeatmapTable::setRow(int row, const QList<double>& db, const QList<double>& spread) {
    if (!m_source.contains(row, 0) || db.size() != m_source.columns.size()) return;
    const auto put = [](const QList<double>& values, QList<double>& all, int at) {
        const qsizetype place = at * values.size();
        if (place + values.size() <= all.size()) std::copy(values.begin(), values.end(), all.begin() + place);
    };
    put(db, m_source.db, row);
    put(spread, m_source.spread, row);
    m_summaries.reset();
    const int place = shownRow(row);
    if (place < 0) return;
    put(db, m_shown.db, place);
    put(spread, m_shown.spread, place);
    Q_EMIT dataChanged(index(place, 0), index(place, columnCount() - 1));
    Q_EMIT dataChanged(index(int(m_rows.size()), 0), index(rowCount() - 1, columnCount() - 1));
}

void HeatmapTable::setFloor(const QList<double>& floorDb) {
    if (!floorDb.isEmpty() && floorDb.size() != m_source.db.size()) return;
    m_source.floorDb = floorDb;
    m_shown.floorDb = withRows(m_source, m_rows).floorDb;
    m_summaries.reset();
    if (!m_shown.db.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

const HeatmapTable::Summaries& HeatmapTable::summaries() const {
    if (!m_summaries) m_summaries = Summaries{rowStrip(m_shown), columnStrip(m_shown), rangeOf(m_shown)};
    return *m_summaries;
}

const HeatmapData& HeatmapTable::rowSummaries() const {
    return summaries().rows;
}

const HeatmapData& HeatmapTable::columnSummaries() const {
    return summaries().columns;
}

DbRange HeatmapTable::range() const {
    return summaries().range;
}

int HeatmapTable::rowCount(const QModelIndex& parent) const {
    if (parent.isValid() || m_shown.rows.isEmpty() || m_shown.columns.isEmpty()) return 0;
    return static_cast<int>(m_shown.rows.size()) + 2;
}

int HeatmapTable::columnCount(const QModelIndex& parent) const {
    if (parent.isValid() || m_shown.rows.isEmpty() || m_shown.columns.isEmpty()) return 0;
    return static_cast<int>(m_shown.columns.size()) + 2;
}

/// Of the map, of the two columns behind it, or of the two rows below it; the corner of these is empty.
QString HeatmapTable::textAt(int row, int column) const {
    const int rows = int(m_shown.rows.size());
    const int columns = int(m_shown.columns.size());
    if (m_shown.contains(row, column)) {
        const QString number = numberText(m_shown.at(row, column), m_shown.scale);
        return m_shown.kind(row, column) == CellKind::AtFloor ? tr("%1 floor").arg(number) : number;
    }
    if (row < rows) return numberText(rowSummaries().at(row, column - columns), m_shown.scale);
    return column < columns ? numberText(columnSummaries().at(row - rows, column), m_shown.scale) : QString();
}

QString HeatmapTable::sentenceAt(int row, int column) const {
    if (m_shown.contains(row, column)) return m_shown.cellText(row, column);
    if (row < m_shown.rows.size())
        return tr("%1: %2").arg(m_shown.rows[row], rowSummary(m_shown, row).text(m_shown.scale));
    if (column >= m_shown.columns.size()) return {};
    return tr("t %1: %2").arg(m_shown.columns[column]).arg(columnSummary(m_shown, column).text(m_shown.scale));
}

QVariant HeatmapTable::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    switch (role) {
    case Qt::DisplayRole:
        return textAt(index.row(), index.column());
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return sentenceAt(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return int(Qt::AlignRight | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant HeatmapTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || section < 0) return {};
    const bool isHorizontal = orientation == Qt::Horizontal;
    const qsizetype count = isHorizontal ? m_shown.columns.size() : m_shown.rows.size();
    if (section >= (isHorizontal ? columnCount() : rowCount())) return {};
    if (section >= count) return section == count ? tr("mean") : tr("worst");
    return isHorizontal ? QVariant(m_shown.columns[section]) : QVariant(m_shown.rows[section]);
}

} // namespace widgets
