#include <widgets/picturegrid.h>

#include <QHeaderView>
#include <QIcon>
#include <QPixmap>
#include <QStyledItemDelegate>

#include <algorithm>

namespace widgets {

namespace {

constexpr int kPictureRole = Qt::UserRole;
constexpr int kThumb = 128;   ///< logical pixels
constexpr int kTextLines = 3; ///< under a picture

/// The picture above its text, both centred.
class CellDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        QStyledItemDelegate::initStyleOption(option, index);
        option->decorationPosition = QStyleOptionViewItem::Top;
        option->decorationAlignment = Qt::AlignCenter;
        option->displayAlignment = Qt::AlignHCenter | Qt::AlignTop;
        option->decorationSize = {kThumb, kThumb};
        option->features |= QStyleOptionViewItem::WrapText;
        const auto picture = index.data(Qt::DecorationRole).value<QPixmap>();
        QIcon icon(picture);
        icon.addPixmap(picture, QIcon::Selected); // a tint would spoil the comparison
        option->icon = icon;
    }
};

/// Small pictures grow by whole factors, so that their pixels stay sharp.
QPixmap thumbOf(const QImage& image, qreal pixelRatio) {
    const int room = int(kThumb * pixelRatio);
    const int side = std::max(image.width(), image.height());
    const bool grows = side <= room;
    const QSize size =
        grows ? image.size() * (room / std::max(1, side)) : image.size().scaled(room, room, Qt::KeepAspectRatio);
    QPixmap pixmap = QPixmap::fromImage(
        image.scaled(size, Qt::KeepAspectRatio, grows ? Qt::FastTransformation : Qt::SmoothTransformation));
    pixmap.setDevicePixelRatio(pixelRatio);
    return pixmap;
}

} // namespace

PictureGrid::PictureGrid(QWidget* parent) : QTableWidget(parent) {
    setAccessibleName(tr("Grid of pictures"));
    setToolTip(
        tr("A row for each prompt, a column for each recipe; choosing a picture shows it beside full precision"));
    setItemDelegate(new CellDelegate(this));
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setTabKeyNavigation(false);
    setWordWrap(true);
    const int textHeight = kTextLines * fontMetrics().lineSpacing();
    verticalHeader()->setDefaultSectionSize(kThumb + textHeight + 16);
    verticalHeader()->setMaximumWidth(kThumb);
    horizontalHeader()->setDefaultSectionSize(
        std::max(kThumb, fontMetrics().horizontalAdvance(tr("perceptual distance 0.0000"))) + 24);
    connect(this, &QTableWidget::currentCellChanged, this, [this](int row, int column) {
        if (!picture(row, column).isNull()) Q_EMIT pictureChosen(row, column);
    });
}

void PictureGrid::setLabels(const QStringList& rows, const QStringList& columns) {
    QTableWidget::clear();
    setRowCount(int(rows.size()));
    setColumnCount(int(columns.size()));
    setVerticalHeaderLabels(rows);
    setHorizontalHeaderLabels(columns);
    for (int row = 0; row < rows.size(); ++row) verticalHeaderItem(row)->setToolTip(rows[row]);
    for (int column = 0; column < columns.size(); ++column) horizontalHeaderItem(column)->setToolTip(columns[column]);
}

void PictureGrid::setPicture(int row, int column, const QImage& image, const QString& text) {
    auto* cell = new QTableWidgetItem(text);
    cell->setData(kPictureRole, image);
    cell->setData(Qt::DecorationRole, thumbOf(image, devicePixelRatioF()));
    cell->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    setItem(row, column, cell);
}

QImage PictureGrid::picture(int row, int column) const {
    const QTableWidgetItem* cell = item(row, column);
    return cell ? cell->data(kPictureRole).value<QImage>() : QImage();
}

QString PictureGrid::text(int row, int column) const {
    const QTableWidgetItem* cell = item(row, column);
    return cell ? cell->text() : QString();
}

} // namespace widgets
