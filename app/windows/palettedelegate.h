#pragma once

#include <QStyledItemDelegate>

namespace app::windows {

/// A command of the palette in two lines: its text with the typed letters in bold and its keys, its explanation below.
class PaletteDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace app::windows
