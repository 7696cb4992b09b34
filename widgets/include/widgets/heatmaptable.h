#pragma once

#include <widgets/heatmapdata.h>

#include <QAbstractTableModel>

namespace widgets {

/// The numbers of a heatmap as a table: one row per block, one column per timestep. Holds the data for both twins.
class HeatmapTable : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit HeatmapTable(QObject* parent = nullptr);

    void setData(HeatmapData data);
    const HeatmapData& map() const { return m_data; }
    /// Ignored outside the map or with the wrong number of values.
    void setRow(int row, const QList<double>& db);
    void setFloor(const QList<double>& floorDb);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    using QAbstractTableModel::setData;

    HeatmapData m_data;
};

} // namespace widgets
