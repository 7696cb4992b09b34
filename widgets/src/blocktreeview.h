#pragma once

#include <QTimer>
#include <QTreeView>

namespace widgets {

/// A tree whose multi-selection survives a plain click on an editable cell of it, so that one edit can mean all.
class BlockTreeView : public QTreeView {
    Q_OBJECT

public:
    explicit BlockTreeView(QWidget* parent = nullptr);

    /// Gives every column the width of its content, wider or narrower.
    void fitColumns();
    /// Widens the columns whose content does not fit, once for many changes: measuring text costs more than the rest
    /// of an update.
    void widenColumnsSoon() { m_widening.start(); }

protected:
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex& index, const QEvent* event) const override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void widenColumns();

    QTimer m_widening;
};

} // namespace widgets
