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
    box->setPlaceholderText(tr("mixed"));
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
    CellDelegate::paint(painter, option, index);
    QStyleOption arrow;
    arrow.palette = option.palette;
    arrow.state = option.state;
    arrow.rect = QRect(option.rect.right() - kArrowWidth, option.rect.top(), kArrowWidth, option.rect.height());
    arrow.rect.adjust(4, 0, -4, 0);
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_IndicatorArrowDown, &arrow, painter, option.widget);
}

int FormatDelegate::reserve() const {
    return kArrowWidth;
}

} // namespace widgets
