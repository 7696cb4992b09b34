#pragma once

#include <widgets/blocktreemodel.h>

#include <QWidget>

#include <memory>

namespace widgets {

/// The block tree with filter, sorting, precision boxes and a context menu. An edit of a selected row is one request
/// for all selected blocks. GUI thread only.
class BlockTable : public QWidget {
    Q_OBJECT

public:
    explicit BlockTable(QWidget* parent = nullptr);
    ~BlockTable() override;

    /// The model behind the view: setRows, updateRow, setLayout.
    BlockTreeModel* model() const;
    /// The format names offered by the precision boxes.
    void setChoices(const QStringList& weights, const QStringList& activations);

    /// Makes the block current and the only selected one, and scrolls to it; "" clears. Emits nothing.
    void selectBlock(const QString& id);
    /// Ids of all blocks at or below the selected rows, in the model's order.
    QStringList selectedBlocks() const;

    // How the table looks, to be remembered.
    QString filter() const;
    void setFilter(const QString& text);
    /// Ids of the groups that are folded.
    QStringList foldedGroups() const;
    void setFoldedGroups(const QStringList& ids);

Q_SIGNALS:
    /// The user moved to a block (not to a group).
    void blockSelected(const QString& id);
    /// The user changed the selection; groups count as all their blocks.
    void selectionChanged(const QStringList& blocks);
    /// The same as BlockTreeModel::formatRequested, once per gesture.
    void formatRequested(const QStringList& blocks, const QString& weights, const QString& activations);

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace widgets
