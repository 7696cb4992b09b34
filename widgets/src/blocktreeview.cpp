#include "blocktreeview.h"

#include <QContextMenuEvent>
#include <QKeyEvent>

namespace widgets {

QItemSelectionModel::SelectionFlags BlockTreeView::selectionCommand(const QModelIndex& index,
                                                                    const QEvent* event) const {
    const bool isMouse =
        event && (event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseButtonRelease);
    if (isMouse && index.isValid() && index.flags().testFlag(Qt::ItemIsEditable) &&
        selectionModel()->isSelected(index) && static_cast<const QMouseEvent*>(event)->modifiers() == Qt::NoModifier) {
        return QItemSelectionModel::NoUpdate;
    }
    return QTreeView::selectionCommand(index, event);
}

/// The precision menu of the selected rows by keyboard alone.
void BlockTreeView::keyPressEvent(QKeyEvent* event) {
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_F2;
    if (!isEnter || !currentIndex().isValid()) return QTreeView::keyPressEvent(event);
    Q_EMIT customContextMenuRequested(visualRect(currentIndex()).center());
}

} // namespace widgets
