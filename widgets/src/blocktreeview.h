#pragma once

#include <QTreeView>

namespace widgets {

/// A tree whose multi-selection survives a plain click on an editable cell of it, so that one edit can mean all.
class BlockTreeView : public QTreeView {
    Q_OBJECT

public:
    using QTreeView::QTreeView;

protected:
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex& index, const QEvent* event) const override;
    void keyPressEvent(QKeyEvent* event) override;
};

} // namespace widgets
