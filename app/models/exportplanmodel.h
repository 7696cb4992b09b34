#pragma once

#include <QAbstractTableModel> // first: moc 6.4 fails on a file that begins with <compare>

#include <QStringList>
#include <quant/export.h>

namespace app::models {

/// "● exact", "◐ rounded anew", "○ floats".
QString textOf(quant::Carriage carriage);
/// "120 layers exact, 3 rounded anew, 12 as floats; about 12.3 MiB in all". Without weights the size alone.
QString summaryOf(const quant::ExportPlan& plan);

/// What an export makes of every layer. GUI thread.
class ExportPlanModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Layer, Becomes, Type, Size, Why, ColumnCount };
    enum Role { SortRole = Qt::UserRole }; ///< numbers as numbers, kinds from exact to floats

    using QAbstractTableModel::QAbstractTableModel;

    /// `layers` are the names of the plan's layers, in their order.
    void setPlan(QStringList layers, quant::ExportPlan plan);
    void clear() { setPlan({}, {}); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString text(int row, Column column) const;
    QVariant sortValue(int row, Column column) const;

    QStringList m_layers;
    quant::ExportPlan m_plan;
};

} // namespace app::models
