#include "blocktreeview.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>

namespace widgets {

BlockTreeView::BlockTreeView(QWidget* parent) : QTreeView(parent) {
    constexpr int kWideningMs = 100;
    m_widening.setSingleShot(true);
    m_widening.setInterval(kWideningMs);
    connect(&m_widening, &QTimer::timeout, this, &BlockTreeView::widenColumns);
}

void BlockTreeView::fitColumns() {
    for (int column = 0; column < header()->count(); ++column) resizeColumnToContents(column);
}

void BlockTreeView::widenColumns() {
    for (int column = 0; column < header()->count(); ++column) {
        const int wanted = sizeHintForColumn(column);
        if (wanted > columnWidth(column)) setColumnWidth(column, wanted);
    }
}

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
