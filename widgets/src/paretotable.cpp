#include <widgets/paretotable.h>

#include <widgets/heatmapdata.h>

namespace widgets {

ParetoTable::ParetoTable(QObject* parent) : QAbstractTableModel(parent) {
}

void ParetoTable::show(const ParetoData& data) {
    beginResetModel();
    m_axis = data.axis;
    m_marks = marksOf(data);
    endResetModel();
}

int ParetoTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_marks.size());
}

int ParetoTable::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant ParetoTable::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= m_marks.size()) return {};
    const ParetoMark& mark = m_marks[index.row()];
    if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole) return markText(m_axis, mark);
    if (role == Qt::TextAlignmentRole && index.column() >= CostColumn) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
    case Kind:
        return nameOf(mark.kind);
    case Name:
        return mark.point.name;
    case CostColumn:
        return costText(m_axis, mark.point.cost);
    case Sqnr:
        return numberText(mark.point.db);
    default:
        return {};
    }
}

QVariant ParetoTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
    switch (section) {
    case Kind:
        return tr("point");
    case Name:
        return tr("recipe");
    case CostColumn:
        return axisTitle(m_axis);
    case Sqnr:
        return tr("SQNR in dB");
    default:
        return {};
    }
}

} // namespace widgets
