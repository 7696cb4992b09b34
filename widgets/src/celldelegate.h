#pragma once

#include <QStyledItemDelegate>

namespace widgets {

/// Draws a cell with some air around its text.
class CellDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    /// Kept free of text at the right edge.
    virtual int reserve() const { return 0; }
};

} // namespace widgets
