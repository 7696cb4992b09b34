#include <app/windows/palettedelegate.h>

#include <app/models/palettemodel.h>

#include <QApplication>
#include <QPainter>
#include <QTextLayout>

namespace app::windows {

namespace {

using models::PaletteModel;

constexpr int kSide = 8;
constexpr int kAbove = 4;

void drawTitle(QPainter& painter, const QPoint& at, const QFont& font, const QModelIndex& index) {
    QTextLayout layout(index.data().toString(), font);
    QList<QTextLayout::FormatRange> bold;
    const auto positions = index.data(PaletteModel::PositionsRole).value<QList<int>>();
    for (const int position : positions) {
        QTextCharFormat format;
        format.setFontWeight(QFont::Bold);
        format.setFontUnderline(true);
        bold << QTextLayout::FormatRange{position, 1, format};
    }
    layout.setFormats(bold);
    layout.beginLayout();
    layout.createLine();
    layout.endLayout();
    layout.draw(&painter, at);
}

QFont smaller(QFont font) {
    font.setPointSizeF(font.pointSizeF() * 0.88);
    return font;
}

} // namespace

void PaletteDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const bool isMarked = cell.state & QStyle::State_Selected;
    const bool isEnabled = index.flags() & Qt::ItemIsEnabled;
    QApplication::style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &cell, painter, cell.widget);
    painter->save();
    const auto group = isEnabled ? QPalette::Active : QPalette::Disabled;
    painter->setPen(cell.palette.color(group, isMarked ? QPalette::HighlightedText : QPalette::Text));
    const QRect inside = cell.rect.adjusted(kSide, kAbove, -kSide, -kAbove);
    drawTitle(*painter, inside.topLeft(), cell.font, index);
    painter->setFont(cell.font);
    painter->drawText(inside, Qt::AlignRight | Qt::AlignTop, index.data(PaletteModel::KeysRole).toString());
    if (!isMarked) painter->setPen(cell.palette.color(group, QPalette::PlaceholderText));
    painter->setFont(smaller(cell.font));
    const QString detail = painter->fontMetrics().elidedText(index.data(PaletteModel::DetailRole).toString(),
                                                             Qt::ElideRight, inside.width());
    painter->drawText(inside, Qt::AlignLeft | Qt::AlignBottom, detail);
    painter->restore();
}

QSize PaletteDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return {0, option.fontMetrics.height() + QFontMetrics(smaller(option.font)).height() + 2 * kAbove + 2};
}

} // namespace app::windows
