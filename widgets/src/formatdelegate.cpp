#include "formatdelegate.h"

#include <QApplication>
#include <QComboBox>
#include <QPainter>

namespace widgets {

namespace {

constexpr int kArrowWidth = 18;

} // namespace

QWidget* FormatDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex& index) const {
    auto* box = new QComboBox(parent);
    box->addItems(m_choices);
    box->setPlaceholderText(QStringLiteral("mixed"));
    box->setAccessibleName(index.model()->headerData(index.column(), Qt::Horizontal).toString());
    const QPersistentModelIndex place(index);
    connect(box, &QComboBox::activated, this, [this, box, place] {
        if (place.isValid()) Q_EMIT chosen(place, box->currentText());
        Q_EMIT const_cast<FormatDelegate*>(this)->closeEditor(box);
    });
    return box;
}

void FormatDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
    auto* box = static_cast<QComboBox*>(editor);
    box->setCurrentIndex(box->findText(index.data(Qt::EditRole).toString()));
}

// Losing the focus commits too; only a choice counts.
void FormatDelegate::setModelData(QWidget*, QAbstractItemModel*, const QModelIndex&) const {
}

void FormatDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    QStyle* style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    QStyleOption arrow;
    arrow.palette = cell.palette;
    arrow.state = cell.state;
    arrow.rect = QRect(cell.rect.right() - kArrowWidth, cell.rect.top(), kArrowWidth, cell.rect.height());
    arrow.rect.adjust(4, 0, -4, 0);
    style->drawPrimitive(QStyle::PE_IndicatorArrowDown, &arrow, painter, cell.widget);
}

QSize FormatDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return QStyledItemDelegate::sizeHint(option, index) + QSize(kArrowWidth, 0);
}

} // namespace widgets
