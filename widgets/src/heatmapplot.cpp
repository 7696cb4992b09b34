#include "heatmapplot.h"

#include <widgets/colourmap.h>

#include <QApplication>

#include <cmath>

namespace widgets {

namespace {

constexpr double kWheelZoom = 1.25;
constexpr int kStopCount = 11;

/// Every how many cells there is room for a label.
int labelStep(double labelPixels, double cellPixels) {
    return cellPixels > 0 ? std::max(1, static_cast<int>(std::ceil(labelPixels / cellPixels))) : 1;
}

/// Block ids differ at their ends: without room the model part goes first, then the middle.
QString shortened(const QString& id, const QFontMetrics& metrics, int room) {
    if (metrics.horizontalAdvance(id) <= room) return id;
    return metrics.elidedText(id.mid(id.indexOf(u'.') + 1), Qt::ElideMiddle, room);
}

void setTicks(QCPAxis* axis, const QMap<double, QString>& ticks) {
    const auto ticker = QSharedPointer<QCPAxisTickerText>::create();
    ticker->setTicks(ticks);
    axis->setTicker(ticker);
}

} // namespace

HeatmapPlot::HeatmapPlot(const HeatmapData& map, QWidget* parent)
    : QCustomPlot(parent), m_data(map), m_cells(new HeatmapCells(this)), m_scale(new QCPColorScale(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(QStringLiteral("SQNR heatmap, blocks by timesteps"));
    setMinimumSize(240, 160);
    buildAxes();
    buildColourScale();
    applyPalette();
}

void HeatmapPlot::buildAxes() {
    yAxis->setRangeReversed(true);
    xAxis->setLabel(QStringLiteral("timestep"));
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->grid()->setVisible(false);
        axis->setTickLength(0, 4);
        axis->setSubTicks(false);
    }
    axisRect()->setupFullAxesBox();
    for (QCPAxis* axis : {xAxis2, yAxis2}) axis->setTicks(false);
    axisRect()->setMinimumMargins(QMargins(2, 4, 2, 2));
    axisRect()->setAutoMargins(QCP::msTop | QCP::msRight | QCP::msBottom);
}

void HeatmapPlot::buildColourScale() {
    plotLayout()->addElement(0, 1, m_scale);
    m_scale->setType(QCPAxis::atRight);
    m_scale->setBarWidth(14);
    m_scale->setRangeDrag(false);
    m_scale->setRangeZoom(false);
    m_scale->axis()->setLabel(QStringLiteral("SQNR in dB"));
    m_scale->axis()->setSubTicks(false);
    m_scale->setMinimumMargins(QMargins(8, 4, 2, 2));
    QCPColorGradient gradient;
    for (int stop = 0; stop < kStopCount; ++stop) {
        const double position = double(stop) / (kStopCount - 1);
        gradient.setColorStopAt(position, mapColour(position));
    }
    m_scale->setGradient(gradient);
    auto* margins = new QCPMarginGroup(this);
    axisRect()->setMarginGroup(QCP::msTop | QCP::msBottom, margins);
    m_scale->setMarginGroup(QCP::msTop | QCP::msBottom, margins);
}

void HeatmapPlot::applyPalette() {
    setBackground(palette().brush(QPalette::Window));
    const QPen line(palette().color(QPalette::Mid));
    const QColor text = palette().color(QPalette::WindowText);
    for (QCPAxis* axis : {xAxis, yAxis, xAxis2, yAxis2, m_scale->axis()}) {
        axis->setBasePen(line);
        axis->setTickPen(line);
        axis->setTickLabelColor(text);
        axis->setLabelColor(text);
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
    }
}

void HeatmapPlot::shapeChanged() {
    m_view = HeatmapGeometry::wholeMap({int(m_data.columns.size()), int(m_data.rows.size())});
    m_marks = {};
    refresh();
}

void HeatmapPlot::valuesChanged(DbRange range) {
    m_range = range;
    m_scale->setDataRange({range.low, range.high});
    refresh();
}

void HeatmapPlot::setMarks(Cell current, const QList<int>& rows) {
    m_marks.current = current;
    m_marks.rows = rows;
    if (m_data.contains(current.row, current.column)) m_view = geometryNow().showing(current);
    refresh();
}

HeatmapGeometry HeatmapPlot::geometryNow() const {
    return {{int(m_data.columns.size()), int(m_data.rows.size())}, m_view, axisRect()->rect()};
}

void HeatmapPlot::showAll() {
    setView(HeatmapGeometry::wholeMap(geometryNow().cells));
}

void HeatmapPlot::setView(const QRectF& view) {
    m_view = view;
    refresh();
}

void HeatmapPlot::refresh() {
    replot(rpQueuedReplot);
}

/// The labels depend on the room there is, and the room on the labels: lay out, label, lay out.
void HeatmapPlot::updateLayout() {
    xAxis->setRange(m_view.left(), m_view.right());
    yAxis->setRange(m_view.top(), m_view.bottom());
    QCustomPlot::updateLayout();
    labelAxes();
    QCustomPlot::updateLayout();
    m_cells->show(&m_data, geometryNow(), m_range, m_marks);
}

void HeatmapPlot::labelAxes() {
    const QFontMetrics metrics(font());
    const QSizeF cell(axisRect()->width() / std::max(m_view.width(), 1.0),
                      axisRect()->height() / std::max(m_view.height(), 1.0));
    QMap<double, QString> rows;
    int widest = 0;
    const int rowStep = labelStep(metrics.height(), cell.height());
    for (int row = 0; row < m_data.rows.size(); ++row) {
        const QString text = shortened(m_data.rows[row], metrics, width() * 3 / 10);
        widest = std::max(widest, metrics.horizontalAdvance(text));
        if (row % rowStep == 0) rows.insert(row + 0.5, text);
    }
    QMap<double, QString> columns;
    const int columnStep = labelStep(metrics.horizontalAdvance(QStringLiteral("9999")), cell.width());
    for (int column = 0; column < m_data.columns.size(); column += columnStep) {
        columns.insert(column + 0.5, QString::number(m_data.columns[column]));
    }
    setTicks(yAxis, rows);
    setTicks(xAxis, columns);
    QMargins margins = axisRect()->margins();
    margins.setLeft(widest + yAxis->tickLengthOut() + yAxis->tickLabelPadding() + 4);
    axisRect()->setMargins(margins);
}

void HeatmapPlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    m_dragFrom = event->position();
    m_dragging = false;
}

void HeatmapPlot::mouseMoveEvent(QMouseEvent* event) {
    const QPointF delta = event->position() - m_dragFrom;
    if (event->buttons() & Qt::LeftButton) {
        m_dragging = m_dragging || delta.manhattanLength() >= QApplication::startDragDistance();
        if (!m_dragging || !geometryNow().isValid()) return;
        m_dragFrom = event->position();
        setView(geometryNow().panned(delta));
        return;
    }
    hover(geometryNow().cellAt(event->position().toPoint()));
}

void HeatmapPlot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_dragging) return;
    if (const auto cell = geometryNow().cellAt(event->position().toPoint())) pick(*cell);
}

void HeatmapPlot::mouseDoubleClickEvent(QMouseEvent*) {
    showAll();
}

void HeatmapPlot::wheelEvent(QWheelEvent* event) {
    if (!geometryNow().isValid()) return event->ignore();
    setView(geometryNow().zoomedAt(event->position(), std::pow(kWheelZoom, event->angleDelta().y() / 120.0)));
    hover(geometryNow().cellAt(event->position().toPoint()));
    event->accept();
}

void HeatmapPlot::leaveEvent(QEvent* event) {
    hover(std::nullopt);
    QCustomPlot::leaveEvent(event);
}

void HeatmapPlot::hover(std::optional<Cell> cell) {
    const Cell now = cell.value_or(Cell{});
    if (now == m_marks.hovered) return;
    m_marks.hovered = now;
    Q_EMIT hovered(now.row, now.column);
    refresh();
}

void HeatmapPlot::pick(Cell cell) {
    setMarks(cell, {cell.row});
    Q_EMIT picked(cell.row, cell.column);
}

void HeatmapPlot::keyPressEvent(QKeyEvent* event) {
    const HeatmapGeometry geometry = geometryNow();
    if (!geometry.isValid()) return event->ignore();
    const bool hasCurrent = m_data.contains(m_marks.current.row, m_marks.current.column);
    const QPointF about = hasCurrent ? QRectF(geometry.rectOf(m_marks.current)).center() : geometry.area.center();
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return setView(geometry.zoomedAt(about, kWheelZoom));
    case Qt::Key_Minus:
        return setView(geometry.zoomedAt(about, 1 / kWheelZoom));
    case Qt::Key_F:
        return showAll();
    default:
        if (!moveCurrent(event->key())) QCustomPlot::keyPressEvent(event);
    }
}

bool HeatmapPlot::moveCurrent(int key) {
    const int lastRow = int(m_data.rows.size()) - 1;
    const int lastColumn = int(m_data.columns.size()) - 1;
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
    pick({std::clamp(cell.row, 0, lastRow), std::clamp(cell.column, 0, lastColumn)});
    return true;
}

void HeatmapPlot::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
    applyPalette();
    refresh();
}

} // namespace widgets
