#pragma once

#include <widgets/paretodata.h>

#include <QAbstractTableModel>

namespace widgets {

/// The points of the picture of cost against quality as a table, ascending by cost.
class ParetoTable : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Kind, Name, CostColumn, Sqnr, ColumnCount };

    explicit ParetoTable(QObject* parent = nullptr);

    void show(const ParetoData& data);
    const QList<ParetoMark>& marks() const { return m_marks; }
    CostAxis axis() const { return m_axis; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    CostAxis m_axis = CostAxis::Bytes;
    QList<ParetoMark> m_marks;
};

} // namespace widgets
