#pragma once

#include <QAbstractItemModel>
#include <QHash>
#include <QStringList>

#include <limits>
#include <memory>
#include <vector>

namespace widgets {

/// One block as the table shows it.
struct BlockRow {
    QString id; ///< "unet.down_blocks.0.1"
    qint64 parameters = 0;
    qint64 bytes = 0;                                              ///< of its weights under the present recipe
    QString weights;                                               ///< format name; "" when its layers differ ("mixed")
    QString activations;                                           ///< format name; "" when its layers differ
    double meanDb = std::numeric_limits<double>::quiet_NaN();      ///< NaN: not measured, +inf: exact
    double worstDb = std::numeric_limits<double>::quiet_NaN();     ///< NaN: not measured, +inf: exact
    int worstTimestep = -1;                                        ///< training timestep of worstDb, -1 unknown
    double information = std::numeric_limits<double>::quiet_NaN(); ///< mean share that is kept; NaN: not measured,
                                                                   ///< -inf: cannot be told
    bool isLocked = false;                                         ///< its format is not for a search to choose

    bool operator==(const BlockRow&) const = default;
};

/// Blocks as a tree by their diffusers path (unet > down_blocks.0 > 0) whose groups sum up their blocks, or flat.
/// Precision cells are editable only as a request: setData emits formatRequested and changes nothing; whoever owns
/// the recipe answers with updateRow. GUI thread only.
class BlockTreeModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { Block, Parameters, Size, Weights, Activations, MeanSqnr, WorstSqnr, Information, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< numbers as numbers; invalid where not measured
        IdRole,                  ///< QString: block id, or the path of a group
        BlocksRole,              ///< QStringList: ids of the blocks at or below the row
        GroupRole,               ///< bool: has rows below
    };
    enum class Layout { Tree, Flat };

    explicit BlockTreeModel(QObject* parent = nullptr);
    ~BlockTreeModel() override;

    /// Replaces everything. Ids must be unique; a repeated id replaces the earlier row.
    void setRows(const QList<BlockRow>& rows);
    /// Replaces the row of the same id and the sums above it; an unknown id is ignored and returns false.
    bool updateRow(const BlockRow& row);
    /// The same for several rows, whose sums are worked out once.
    void updateRows(const QList<BlockRow>& rows);
    const QList<BlockRow>& rows() const { return m_rows; }
    void setLayout(Layout layout);
    Layout layout() const { return m_layout; }

    /// Column 0 of the row with this id (or group path); invalid when there is none.
    QModelIndex indexOf(const QString& id) const;
    /// Emits formatRequested unless `blocks` or `format` is empty, the column is none of the two precision columns,
    /// or all of them have that format already. Returns whether it emitted.
    bool requestFormat(const QStringList& blocks, int column, const QString& format);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    /// Returns whether a request went out; see requestFormat.
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    /// The user wants these blocks in this format; an empty string leaves that side as it is.
    void formatRequested(const QStringList& blocks, const QString& weights, const QString& activations);

private:
    struct Node;
    void rebuild();
    void sum(Node& node) const;
    QStringList blocksBelow(const Node& node) const;
    const Node* nodeAt(const QModelIndex& index) const;
    QModelIndex indexOf(const Node& node, int column = 0) const;

    QList<BlockRow> m_rows;
    Layout m_layout = Layout::Tree;
    std::unique_ptr<Node> m_root;
    QHash<QString, Node*> m_nodes; ///< by path
};

} // namespace widgets
