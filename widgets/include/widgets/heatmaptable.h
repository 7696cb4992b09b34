#pragma once

#include <widgets/heatmaporder.h>
#include <widgets/heatmapsummary.h>

#include <QAbstractTableModel>

#include <optional>

namespace widgets {

/// The numbers of a heatmap as a table: one row per block or layer that is shown and one column per timestep, then the
/// mean and the worst of each. Holds the data for both twins: what was given, and what of it is shown in which order.
class HeatmapTable : public QAbstractTableModel {
    Q_OBJECT

public:
    enum class Fold { None, Folded, Open };

    explicit HeatmapTable(QObject* parent = nullptr);

    void setData(HeatmapData data);
    void setOrder(const HeatmapOrder& order);
    /// Puts the rows in order again, after values that the order depends on have changed.
    void arrange();
    /// Values of a row of source(). Ignored outside the map or with the wrong number of values. The order stays.
    void setRow(int row, const QList<double>& db, const QList<double>& spread = {});
    void setFloor(const QList<double>& floorDb);

    const HeatmapData& source() const { return m_source; }
    const HeatmapOrder& order() const { return m_order; }
    /// What is shown, top to bottom.
    const HeatmapData& map() const { return m_shown; }
    /// The row of source() that is shown in this place, -1 beyond; and where a row of source() is shown, -1 if folded.
    int sourceRow(int row) const { return m_rows.value(row, -1); }
    int shownRow(int row) const { return m_places.value(row, -1); }
    /// Whether children of the row are hidden, shown, or not there.
    Fold fold(int row) const;
    /// Whether any row has one.
    bool hasFolds() const { return m_hasFolds; }

    /// Mean and worst of the rows shown and of the columns, computed when asked for.
    const HeatmapData& rowSummaries() const;
    const HeatmapData& columnSummaries() const;
    DbRange range() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    using QAbstractTableModel::setData;

    void rebuild(QList<int> rows);
    QString textAt(int row, int column) const;
    QString sentenceAt(int row, int column) const;

    HeatmapData m_source;
    HeatmapOrder m_order;
    QList<int> m_rows;   ///< of m_source, top to bottom
    QList<int> m_places; ///< by row of m_source: where it is shown
    bool m_hasFolds = false;
    QList<Fold> m_folds; ///< by row shown
    HeatmapData m_shown;
    struct Summaries {
        HeatmapData rows;
        HeatmapData columns;
        DbRange range;
    };
    const Summaries& summaries() const;
    mutable std::optional<Summaries> m_summaries; ///< empty after a change
};

} // namespace widgets
