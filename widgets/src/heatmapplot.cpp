#include "heatmapplot.h"

#include <QApplication>
#include <QMouseEvent>

#include <cmath>

namespace widgets {

namespace {

constexpr double kWheelZoom = 1.25;

} // namespace

HeatmapPlot::HeatmapPlot(const HeatmapTable& table, QWidget* parent) : QWidget(parent), m_table(table) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("SQNR heatmap, blocks by timesteps"));
    setMinimumSize(280, 180);
    setAttribute(Qt::WA_OpaquePaintEvent);
}

QSize HeatmapPlot::sizeHint() const {
    return {640, 420};
}

void HeatmapPlot::shapeChanged() {
    m_view = HeatmapGeometry::wholeMap({int(m_table.map().columns.size()), int(m_table.map().rows.size())});
    m_marks = {{}, {}, {}, m_marks.brush}; // which goes with its rows
    rowsChanged();
}

void HeatmapPlot::rowsChanged() {
    m_labelWidth = -1;
    m_view = geometryNow().limited(m_view);
    setBrush({}); // other rows lie there now
    redraw();
}

void HeatmapPlot::valuesChanged() {
    redraw();
}

void HeatmapPlot::setFixedRange(std::optional<DbRange> range) {
    m_fixedRange = range;
    redraw();
}

void HeatmapPlot::setMarks(Cell current, const QList<int>& rows) {
    m_marks.current = current;
    m_marks.rows = rows;
    if (m_table.map().contains(current.row, current.column)) setView(geometryNow().showing(current));
    update();
}

void HeatmapPlot::setBrush(QRect cells) {
    cells &= QRect(QPoint(0, 0), geometryNow().cells);
    if (cells == m_marks.brush) return;
    m_marks.brush = cells;
    update();
    Q_EMIT brushed();
}

const HeatmapPicture& HeatmapPlot::pictureNow() const {
    if (m_labelWidth < 0) {
        m_labelWidth = HeatmapPicture::widestLabel(m_table, font());
        m_picture.reset();
    }
    if (!m_picture || m_picture->size() != size() || m_picture->ratio() != devicePixelRatioF())
        m_picture.emplace(m_table, size(), devicePixelRatioF(), font(), m_labelWidth);
    m_picture->setView(m_view);
    return *m_picture;
}

void HeatmapPlot::showAll() {
    setView(HeatmapGeometry::wholeMap(geometryNow().cells));
}

void HeatmapPlot::zoom(double factor) {
    const HeatmapGeometry geometry = geometryNow();
    if (!geometry.isValid()) return;
    const bool hasCurrent = m_table.map().contains(m_marks.current.row, m_marks.current.column);
    const QRectF current = hasCurrent ? QRectF(geometry.rectOf(m_marks.current)) : QRectF();
    setView(geometry.zoomedAt(current.isEmpty() ? geometry.area.center() : current.center(), factor));
}

void HeatmapPlot::zoomTo(QRect cells) {
    setView(geometryNow().zoomedTo(cells));
}

void HeatmapPlot::setShownShares(const QRectF& shares) {
    setView(geometryNow().fromShares(shares));
}

void HeatmapPlot::setView(const QRectF& view) {
    if (view == m_view) return;
    m_view = view;
    redraw();
}

void HeatmapPlot::redraw() {
    m_isDrawn = false;
    update();
}

void HeatmapPlot::paintEvent(QPaintEvent*) {
    const HeatmapPicture& picture = pictureNow();
    const qreal ratio = devicePixelRatioF();
    const QSize pixels = (QSizeF(size()) * ratio).toSize();
    if (m_drawn.size() != pixels || m_drawn.devicePixelRatio() != ratio) {
        m_drawn = QImage(pixels, QImage::Format_RGB32);
        m_drawn.setDevicePixelRatio(ratio);
        m_isDrawn = false;
    }
    if (!m_isDrawn) picture.paint(m_drawn, {m_table.map().scale, range(), palette()}, palette());
    m_isDrawn = true;
    QPainter painter(this);
    painter.drawImage(0, 0, m_drawn);
    picture.paintMarks(painter, m_marks);
    if (!m_zoomBox.isEmpty()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1, Qt::DashLine));
        painter.drawRect(m_zoomBox.adjusted(0, 0, -1, -1));
    }
}

QImage HeatmapPlot::image(qreal ratio) const {
    HeatmapPicture picture(m_table, size(), ratio, font(), HeatmapPicture::widestLabel(m_table, font()));
    picture.setView(m_view);
    QImage image((QSizeF(size()) * ratio).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(ratio);
    picture.paint(image, {m_table.map().scale, range(), palette()}, palette());
    return image;
}

void HeatmapPlot::draw(QPainter& painter, QSize size, const QPalette& palette) const {
    HeatmapPicture picture(m_table, size, 1, font(), HeatmapPicture::widestLabel(m_table, font()));
    picture.setView(m_view);
    picture.paint(painter, {m_table.map().scale, range(), palette}, palette);
}

QPoint HeatmapPlot::deviceOf(QPointF position) const {
    const QPointF device = position * devicePixelRatioF();
    return {int(std::floor(device.x())), int(std::floor(device.y()))};
}

HeatmapHit HeatmapPlot::hitAtPosition(QPointF position) const {
    const HeatmapPicture& picture = pictureNow();
    return hitAt(picture.layout(), picture.geometry(), deviceOf(position));
}

std::optional<Cell> HeatmapPlot::cellAtPosition(QPointF position) const {
    const QRect cells = geometryNow().cellsAt(deviceOf(position));
    if (cells.isEmpty()) return std::nullopt;
    return mostTelling(m_table.map(), cells);
}

/// From the cell where the drag began to the one that is nearest to the mouse now.
QRect HeatmapPlot::draggedCells(QPointF position) const {
    const HeatmapGeometry geometry = geometryNow();
    const auto nearest = [&geometry, this](QPointF place) {
        const QRect area = geometry.area.toRect();
        const QPoint pixel = deviceOf(place);
        return geometry.cellAt(
            {std::clamp(pixel.x(), area.left(), area.right()), std::clamp(pixel.y(), area.top(), area.bottom())});
    };
    const auto from = nearest(m_dragFrom);
    const auto to = nearest(position);
    if (!from || !to) return {};
    return QRect(QPoint(std::min(from->column, to->column), std::min(from->row, to->row)),
                 QPoint(std::max(from->column, to->column), std::max(from->row, to->row)));
}

void HeatmapPlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    m_dragFrom = event->position();
    m_moved = false;
    m_drag = event->modifiers() & Qt::ShiftModifier     ? Drag::Brush
             : event->modifiers() & Qt::ControlModifier ? Drag::Zoom
                                                        : Drag::Pan;
}

void HeatmapPlot::mouseMoveEvent(QMouseEvent* event) {
    if (!(event->buttons() & Qt::LeftButton) || m_drag == Drag::None) return hoverAt(event->position());
    const QPointF delta = event->position() - m_dragFrom;
    m_moved = m_moved || delta.manhattanLength() >= QApplication::startDragDistance();
    if (!m_moved || !geometryNow().isValid()) return;
    switch (m_drag) {
    case Drag::Pan:
        m_dragFrom = event->position();
        return setView(geometryNow().panned(delta * devicePixelRatioF()));
    case Drag::Brush:
        return setBrush(draggedCells(event->position()));
    case Drag::Zoom:
        m_zoomBox = QRectF(m_dragFrom, event->position()).normalized().toAlignedRect();
        return update();
    case Drag::None:
        break;
    }
}

void HeatmapPlot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const Drag drag = std::exchange(m_drag, Drag::None);
    m_zoomBox = {};
    update();
    if (!m_moved && drag == Drag::Brush) {
        if (const auto cell = cellAtPosition(event->position())) setBrush(QRect(cell->column, cell->row, 1, 1));
    } else if (!m_moved && drag != Drag::None) {
        clickAt(event->position());
    } else if (drag == Drag::Zoom) {
        zoomTo(draggedCells(event->position()));
    }
}

void HeatmapPlot::clickAt(QPointF position) {
    if (const auto cell = cellAtPosition(position)) return pick(*cell);
    const HeatmapHit hit = hitAtPosition(position);
    switch (hit.part) {
    case HeatmapHit::Part::RowLabel: {
        const int markWidth = fontMetrics().horizontalAdvance(QStringLiteral("▸ "));
        if (m_table.fold(hit.row) != HeatmapTable::Fold::None && position.x() <= markWidth)
            return Q_EMIT foldToggled(hit.row);
        [[fallthrough]];
    }
    case HeatmapHit::Part::RowStrip:
        return pick({hit.row, std::max(0, m_marks.current.column)});
    case HeatmapHit::Part::ColumnLabel:
        return Q_EMIT timestepClicked(hit.column);
    case HeatmapHit::Part::StripTitle:
        return Q_EMIT summaryClicked(hit.column == 1);
    default:
        break;
    }
}

/// Only on the cells: two clicks on a label are two clicks.
void HeatmapPlot::mouseDoubleClickEvent(QMouseEvent* event) {
    if (cellAtPosition(event->position())) return showAll();
    mousePressEvent(event);
}

/// Ctrl zooms the rows alone, Shift the timesteps.
void HeatmapPlot::wheelEvent(QWheelEvent* event) {
    const HeatmapGeometry geometry = geometryNow();
    if (!geometry.isValid()) return event->ignore();
    const double factor = std::pow(kWheelZoom, (event->angleDelta().y() + event->angleDelta().x()) / 120.0);
    const bool rowsOnly = event->modifiers() & Qt::ControlModifier;
    const bool columnsOnly = event->modifiers() & Qt::ShiftModifier;
    setView(geometry.zoomedAt(event->position() * devicePixelRatioF(),
                              QSizeF(rowsOnly ? 1 : factor, columnsOnly ? 1 : factor)));
    hoverAt(event->position());
    event->accept();
}

void HeatmapPlot::leaveEvent(QEvent* event) {
    hover({});
    Q_EMIT hoveredBeside({});
    QWidget::leaveEvent(event);
}

void HeatmapPlot::hoverAt(QPointF position) {
    const auto cell = cellAtPosition(position);
    hover(cell.value_or(Cell{}));
    if (!cell) Q_EMIT hoveredBeside(sentenceFor(hitAtPosition(position)));
}

void HeatmapPlot::hover(Cell cell) {
    if (cell == m_marks.hovered) return;
    m_marks.hovered = cell;
    Q_EMIT hovered(cell.row, cell.column);
    update();
}

QString HeatmapPlot::sentenceFor(const HeatmapHit& hit) const {
    const HeatmapData& map = m_table.map();
    const auto said = [&map](const QString& what, const HeatmapSummary& summary, const QString& where) {
        const QString text = summary.text(map.scale);
        return text.isEmpty() ? tr("%1: not measured").arg(what) : tr("%1: %2 (%3)").arg(what, text, where);
    };
    switch (hit.part) {
    case HeatmapHit::Part::RowLabel:
    case HeatmapHit::Part::RowStrip: {
        const HeatmapSummary summary = rowSummary(map, hit.row);
        return said(map.rows[hit.row], summary, tr("at t %1").arg(map.columns.value(summary.worstPlace)));
    }
    case HeatmapHit::Part::ColumnLabel:
    case HeatmapHit::Part::ColumnStrip: {
        const HeatmapSummary summary = columnSummary(map, hit.column);
        return said(tr("t %1").arg(map.columns[hit.column]), summary,
                    tr("in %1").arg(map.rows.value(summary.worstPlace)));
    }
    case HeatmapHit::Part::StripTitle:
        return hit.column == 0 ? tr("Mean of each row; click to sort by it")
                               : tr("Worst of each row; click to sort by it");
    default:
        return {};
    }
}

void HeatmapPlot::pick(Cell cell) {
    m_brushStart = cell;
    setMarks(cell, {cell.row});
    Q_EMIT picked(cell.row, cell.column);
}

void HeatmapPlot::keyPressEvent(QKeyEvent* event) {
    const HeatmapGeometry geometry = geometryNow();
    if (!geometry.isValid()) return event->ignore();
    const bool hasCurrent = m_table.map().contains(m_marks.current.row, m_marks.current.column);
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(kWheelZoom);
    case Qt::Key_Minus:
        return zoom(1 / kWheelZoom);
    case Qt::Key_F:
        return showAll();
    case Qt::Key_Z:
        return zoomTo(m_marks.brush);
    case Qt::Key_Escape:
        if (m_marks.brush.isEmpty()) return event->ignore();
        return setBrush({});
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (hasCurrent) Q_EMIT foldToggled(m_marks.current.row);
        return;
    default:
        if (!moveCurrent(event->key(), event->modifiers() & Qt::ShiftModifier)) QWidget::keyPressEvent(event);
    }
}

bool HeatmapPlot::moveCurrent(int key, bool extendsBrush) {
    const int lastRow = int(m_table.map().rows.size()) - 1;
    const int lastColumn = int(m_table.map().columns.size()) - 1;
    Cell cell = m_marks.current;
    switch (key) {
    case Qt::Key_Up:
        --cell.row;
        break;
    case Qt::Key_Down:
        ++cell.row;
        break;
    case Qt::Key_Left:
        --cell.column;
        break;
    case Qt::Key_Right:
        ++cell.column;
        break;
    case Qt::Key_Home:
        cell.column = 0;
        break;
    case Qt::Key_End:
        cell.column = lastColumn;
        break;
    case Qt::Key_PageUp:
        cell.row = 0;
        break;
    case Qt::Key_PageDown:
        cell.row = lastRow;
        break;
    default:
        return false;
    }
    cell = {std::clamp(cell.row, 0, lastRow), std::clamp(cell.column, 0, lastColumn)};
    const Cell start = m_table.map().contains(m_brushStart.row, m_brushStart.column) ? m_brushStart : cell;
    pick(cell);
    if (!extendsBrush) return true;
    m_brushStart = start; // stays while Shift is held
    setBrush(QRect(QPoint(std::min(start.column, cell.column), std::min(start.row, cell.row)),
                   QPoint(std::max(start.column, cell.column), std::max(start.row, cell.row))));
    return true;
}

void HeatmapPlot::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
    m_labelWidth = -1;
    redraw();
}

} // namespace widgets
