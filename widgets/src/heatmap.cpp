#include <widgets/heatmap.h>

#include "heatmapparts.h"

#include <QApplication>
#include <QClipboard>

namespace widgets {

HeatmapWidget::HeatmapWidget(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(*this)) {
    setAccessibleName(tr("SQNR heatmap"));
    m_parts->build();
    m_parts->arrange();
    m_parts->connectAll();
    m_parts->showPage();
}

// Children refer to the parts, so they go first.
HeatmapWidget::~HeatmapWidget() {
    delete m_parts->frame.pages;
}

void HeatmapWidget::setData(HeatmapData data) {
    const HeatmapData& old = m_parts->table.source();
    const bool sameShape = old.rows == data.rows && old.columns == data.columns && old.parents == data.parents;
    m_parts->frame.title->setText(data.title);
    m_parts->legend->setText(data.legend);
    m_parts->legend->setVisible(!data.legend.isEmpty());
    m_parts->key->setScale(data.scale);
    const auto kept = m_parts->keptPlaces();
    const QScopedValueRollback quiet(m_parts->following, true);
    const QStringList shownBefore = shown().rows;
    m_parts->table.setData(std::move(data));
    if (!sameShape) m_parts->plot->shapeChanged();
    if (sameShape && shown().rows != shownBefore) m_parts->plot->rowsChanged();
    if (sameShape) m_parts->restore(kept);
    m_parts->plot->valuesChanged();
    m_parts->showPage();
    m_parts->showReadOut();
}

const HeatmapData& HeatmapWidget::data() const {
    return m_parts->table.source();
}

const HeatmapData& HeatmapWidget::shown() const {
    return m_parts->table.map();
}

void HeatmapWidget::setRow(int row, const QList<double>& db, const QList<double>& spread) {
    m_parts->table.setRow(row, db, spread);
    m_parts->arrangeSoon();
    m_parts->plot->valuesChanged();
    m_parts->showReadOut();
}

void HeatmapWidget::setFloor(const QList<double>& floorDb) {
    m_parts->table.setFloor(floorDb);
    m_parts->plot->valuesChanged();
    m_parts->showReadOut();
}

void HeatmapWidget::setOrder(const HeatmapOrder& order) {
    m_parts->setOrder(order);
}

const HeatmapOrder& HeatmapWidget::order() const {
    return m_parts->table.order();
}

void HeatmapWidget::toggleCurrentRow() {
    const int row = m_parts->plot->marks().current.row;
    const int parent = shown().parentOf(row);
    m_parts->toggleFold(parent < 0 ? row : parent);
}

void HeatmapWidget::setColourRange(double lowDb, double highDb) {
    m_parts->plot->setFixedRange(DbRange{lowDb, highDb});
}

void HeatmapWidget::setAutoColourRange() {
    m_parts->plot->setFixedRange(std::nullopt);
}

DbRange HeatmapWidget::colourRange() const {
    return m_parts->plot->range();
}

int HeatmapWidget::selectedRow() const {
    return m_parts->table.sourceRow(m_parts->plot->marks().current.row);
}

int HeatmapWidget::selectedColumn() const {
    return m_parts->plot->marks().current.column;
}

void HeatmapWidget::setSelectedRow(int row) {
    setSelectedRows(row >= 0 ? QList<int>{row} : QList<int>{});
}

void HeatmapWidget::setSelectedRows(const QList<int>& rows) {
    QList<int> known;
    for (const int row : rows)
        if (const int place = m_parts->table.shownRow(row); place >= 0) known << place;
    const Cell before = m_parts->plot->marks().current;
    const Cell current = known.isEmpty() ? Cell{} : Cell{known.first(), std::max(0, before.column)};
    m_parts->mark(current, known);
    m_parts->showReadOut();
}

QList<int> HeatmapWidget::selectedRows() const {
    QList<int> rows;
    for (const int place : m_parts->plot->marks().rows) rows << m_parts->table.sourceRow(place);
    return rows;
}

int HeatmapWidget::hoveredRow() const {
    return m_parts->table.sourceRow(m_parts->plot->marks().hovered.row);
}

int HeatmapWidget::hoveredColumn() const {
    return m_parts->plot->marks().hovered.column;
}

HeatmapBrush HeatmapWidget::brush() const {
    const QRect cells = m_parts->plot->marks().brush;
    HeatmapBrush brush;
    if (cells.isEmpty()) return brush;
    for (int row = cells.top(); row <= cells.bottom(); ++row) brush.rows << m_parts->table.sourceRow(row);
    brush.firstColumn = cells.left();
    brush.lastColumn = cells.right();
    return brush;
}

void HeatmapWidget::clearBrush() {
    m_parts->plot->setBrush({});
}

void HeatmapWidget::zoom(double factor) {
    m_parts->plot->zoom(factor);
}

void HeatmapWidget::showAll() {
    m_parts->plot->showAll();
}

void HeatmapWidget::zoomToBrush() {
    m_parts->plot->zoomTo(m_parts->plot->marks().brush);
}

QRectF HeatmapWidget::shownShares() const {
    return m_parts->plot->shownShares();
}

void HeatmapWidget::setShownShares(const QRectF& shares) {
    m_parts->plot->setShownShares(shares);
}

bool HeatmapWidget::tableShown() const {
    return m_parts->frame.asTable->isChecked();
}

void HeatmapWidget::setTableShown(bool shown) {
    m_parts->frame.asTable->setChecked(shown);
}

QString HeatmapWidget::readOut() const {
    return m_parts->frame.readOut->text();
}

void HeatmapWidget::copy() const {
    QApplication::clipboard()->setText(toTabSeparated(m_parts->table.map()));
}

QSize HeatmapWidget::pictureSize() const {
    return m_parts->sheetSize();
}

QImage HeatmapWidget::picture(qreal ratio) const {
    QImage page((QSizeF(pictureSize()) * ratio).toSize(), QImage::Format_RGB32);
    page.setDevicePixelRatio(ratio);
    page.fill(palette().color(QPalette::Window));
    QPainter painter(&page);
    m_parts->drawTexts(painter, palette(), ratio);
    painter.drawImage(QPointF(0, m_parts->headHeight()), m_parts->plot->image(ratio));
    return page;
}

void HeatmapWidget::drawPicture(QPainter& painter) const {
    const QPalette paper(Qt::black, Qt::white, Qt::white, Qt::darkGray, Qt::gray, Qt::black, Qt::black, Qt::white,
                         Qt::white); // window text, button, light, dark, mid, text, bright text, base, window
    painter.fillRect(QRect(QPoint(), pictureSize()), Qt::white);
    m_parts->drawTexts(painter, paper, 1);
    painter.translate(0, m_parts->headHeight());
    m_parts->plot->draw(painter, m_parts->plot->size(), paper);
}

} // namespace widgets
