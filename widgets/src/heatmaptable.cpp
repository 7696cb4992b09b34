#include <widgets/heatmaptable.h>

#include <limits>

namespace widgets {

HeatmapTable::HeatmapTable(QObject* parent) : QAbstractTableModel(parent) {
}

void HeatmapTable::setData(HeatmapData data) {
    beginResetModel();
    m_data = std::move(data);
    m_data.db.resize(m_data.rows.size() * m_data.columns.size(), std::numeric_limits<double>::quiet_NaN());
    endResetModel();
}

void HeatmapTable::setRow(int row, const QList<double>& db) {
    if (!m_data.contains(row, 0) || db.size() != m_data.columns.size()) return;
    std::copy(db.begin(), db.end(), m_data.db.begin() + row * m_data.columns.size());
    Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

void HeatmapTable::setFloor(const QList<double>& floorDb) {
    if (!floorDb.isEmpty() && floorDb.size() != m_data.db.size()) return;
    m_data.floorDb = floorDb;
    if (!m_data.db.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

int HeatmapTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_data.rows.size());
}

int HeatmapTable::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_data.columns.size());
}

QVariant HeatmapTable::data(const QModelIndex& index, int role) const {
    if (!m_data.contains(index.row(), index.column())) return {};
    switch (role) {
    case Qt::DisplayRole: {
        const bool atFloor = m_data.kind(index.row(), index.column()) == CellKind::AtFloor;
        return numberText(m_data.at(index.row(), index.column())) + (atFloor ? QStringLiteral(" floor") : QString());
    }
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return m_data.cellText(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return int(Qt::AlignRight | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant HeatmapTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || section < 0) return {};
    if (orientation == Qt::Horizontal) return section < m_data.columns.size() ? m_data.columns[section] : QVariant();
    return section < m_data.rows.size() ? m_data.rows[section] : QVariant();
}

} // namespace widgets
