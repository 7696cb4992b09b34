#include "paretocanvas.h"

#include <widgets/colourmap.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace widgets {

namespace {

constexpr double kReach = 14; ///< pixels, a finger's width
constexpr double kSamePlace = 1;
constexpr double kLabelGap = 7;  ///< pixels between a point and its name
constexpr double kMargin = 0.06; ///< of the range, around all points
constexpr double kSmallestRangeDb = 2;
constexpr double kDarkWindow = 0.2;      ///< luminance
constexpr double kLegendStretch = 0.001; ///< as low as its text
constexpr int kLegendColumns = 3;

/// Shape and colour both tell what a point is; the colours differ for every common colour blindness (Okabe and Ito).
struct MarkStyle {
    MarkKind kind;
    QCPScatterStyle::ScatterShape shape;
    int size;
    QRgb onLight;
    QRgb onDark;
};
constexpr std::array kStyles{
    MarkStyle{MarkKind::Best, QCPScatterStyle::ssDisc, 5, 0xff0072b2, 0xff56b4e9},
    MarkStyle{MarkKind::Uniform, QCPScatterStyle::ssDiamond, 9, 0xffb34f00, 0xffe69f00},
    MarkStyle{MarkKind::Present, QCPScatterStyle::ssSquare, 10, 0xff303030, 0xfff0f0f0},
    MarkStyle{MarkKind::Found, QCPScatterStyle::ssStar, 14, 0xff007a5a, 0xff2fd1a5},
    MarkStyle{MarkKind::Measured, QCPScatterStyle::ssCross, 10, 0xffa8487f, 0xfff0a6cf},
};

struct Unit {
    double divisor;
    const char* name;
};

Unit unitOf(CostAxis axis, double largest) {
    constexpr double kKibi = 1024;
    if (axis == CostAxis::MeanBits) return {1, ""};
    if (axis == CostAxis::Bops) return {1e9, "GBOPs"};
    if (axis == CostAxis::Seconds) return {1e-3, "ms"};
    if (largest < kKibi * kKibi) return {kKibi, "KiB"};
    if (largest < kKibi * kKibi * kKibi) return {kKibi * kKibi, "MiB"};
    return {kKibi * kKibi * kKibi, "GiB"};
}

/// The smallest range that holds the values, with a margin and some width.
QCPRange around(const QList<double>& values, double smallest) {
    if (values.isEmpty()) return {0, smallest};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double missing = std::max(0.0, smallest - (*high - *low)) / 2;
    const double margin = missing + (*high - *low) * kMargin;
    return {*low - margin, *high + margin};
}

/// Where a name of this size fits beside its point.
std::optional<QRectF> freeBox(const QPointF& place, const QSizeF& size, const QRectF& area,
                              const QList<QRectF>& taken) {
    const double across = size.width() / 2 + kLabelGap;
    const double along = size.height() / 2 + kLabelGap;
    for (const QPointF& away : {QPointF(0, along), QPointF(across, 0), QPointF(-across, 0), QPointF(0, -along)}) {
        const QPointF centre = place + away;
        const QRectF box(centre.x() - size.width() / 2, centre.y() - size.height() / 2, size.width(), size.height());
        const bool isFree =
            std::none_of(taken.begin(), taken.end(), [&box](const QRectF& other) { return other.intersects(box); });
        if (isFree && area.contains(box)) return box;
    }
    return std::nullopt;
}

bool isSame(const ParetoMark& a, const ParetoMark& b) {
    const bool isOneOfMany = a.kind == MarkKind::Best || a.kind == MarkKind::Uniform;
    return a.kind == b.kind && (!isOneOfMany || a.point == b.point);
}

} // namespace

ParetoCanvas::ParetoCanvas(QWidget* parent)
    : QCustomPlot(parent), m_ring(nullptr), m_target(new QCPItemStraightLine(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Cost against SQNR"));
    setMinimumSize(220, 150);
    buildGraphs();
    applyPalette();
}

void ParetoCanvas::buildGraphs() {
    for (const MarkStyle& style : kStyles) {
        QCPGraph* graph = addGraph();
        graph->setName(nameOf(style.kind));
        graph->setLineStyle(style.kind == MarkKind::Best ? QCPGraph::lsLine : QCPGraph::lsNone);
        m_graphs[style.kind] = graph;
    }
    m_ring = addGraph();
    m_ring->setLineStyle(QCPGraph::lsNone);
    m_ring->removeFromLegend();
    legend->setVisible(true);
    plotLayout()->addElement(1, 0, legend); // below: any corner inside may be needed for points
    plotLayout()->setRowStretchFactor(1, kLegendStretch);
    legend->setWrap(kLegendColumns);
    legend->setFillOrder(QCPLegend::foColumnsFirst);
    yAxis->setLabel(tr("SQNR in dB"));
    for (QCPAxis* axis : {xAxis, yAxis}) axis->setSubTicks(false);
    axisRect()->setupFullAxesBox();
    for (QCPAxis* axis : {xAxis2, yAxis2}) axis->setTicks(false);
}

void ParetoCanvas::applyPalette() {
    const QColor window = palette().color(QPalette::Window);
    const QColor text = palette().color(QPalette::WindowText);
    const bool isDark = luminance(window) < kDarkWindow;
    setBackground(QBrush(window));
    for (QCPAxis* axis : {xAxis, yAxis, xAxis2, yAxis2}) {
        axis->setBasePen(QPen(palette().color(QPalette::Mid)));
        axis->setTickPen(QPen(palette().color(QPalette::Mid)));
        axis->setTickLabelColor(text);
        axis->setLabelColor(text);
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        QColor gridColour = text;
        gridColour.setAlphaF(0.12F);
        axis->grid()->setPen(QPen(gridColour));
        axis->grid()->setZeroLinePen(QPen(gridColour));
    }
    for (const MarkStyle& style : kStyles) {
        const QColor colour(isDark ? style.onDark : style.onLight);
        const bool isFilled = style.kind == MarkKind::Uniform || style.kind == MarkKind::Best;
        m_graphs[style.kind]->setPen(QPen(colour, 1.5));
        m_graphs[style.kind]->setScatterStyle(QCPScatterStyle(
            style.shape, QPen(colour, 1.8), isFilled ? QBrush(colour) : QBrush(Qt::NoBrush), style.size));
    }
    m_ring->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(text, 1.5), Qt::NoBrush, 19));
    m_target->setPen(QPen(text, 1.2, Qt::DashLine));
    legend->setBrush(Qt::NoBrush);
    legend->setBorderPen(Qt::NoPen);
    legend->setTextColor(text);
    legend->setFont(font());
    legend->setRowSpacing(-4);
}

void ParetoCanvas::setPoints(const ParetoData& points) {
    const std::optional<ParetoMark> before =
        m_current >= 0 ? std::optional<ParetoMark>(m_marks[m_current]) : std::nullopt;
    m_data = points;
    m_marks = marksOf(points);
    m_current = m_hovered = -1;
    for (int index = 0; before && index < m_marks.size(); ++index)
        if (isSame(m_marks[index], *before)) m_current = index;
    fitAxes();
    fillGraphs();
    drawTarget();
    drawRing();
    refresh();
}

void ParetoCanvas::fitAxes() {
    QList<double> costs;
    QList<double> decibels;
    for (const ParetoMark& mark : m_marks) {
        if (!isDrawn(mark.point)) continue;
        costs << mark.point.cost;
        decibels << mark.point.db;
    }
    if (m_data.target) (m_data.target->isCost ? costs : decibels) << m_data.target->value;
    const double largest = costs.isEmpty() ? 0 : *std::max_element(costs.begin(), costs.end());
    const Unit unit = unitOf(m_data.axis, largest);
    m_divisor = unit.divisor;
    const QString title = axisTitle(m_data.axis);
    for (double& cost : costs) cost /= m_divisor;
    xAxis->setLabel(*unit.name ? tr("%1 in %2").arg(title, QLatin1String(unit.name)) : title);
    xAxis->setRange(around(costs, largest > 0 ? largest / m_divisor * 0.01 : 1));
    yAxis->setRange(around(decibels, kSmallestRangeDb));
}

void ParetoCanvas::fillGraphs() {
    for (auto& [kind, graph] : m_graphs) {
        graph->data()->clear();
        for (const ParetoMark& mark : m_marks)
            if (mark.kind == kind && isDrawn(mark.point)) graph->addData(mark.point.cost / m_divisor, mark.point.db);
    }
    for (QCPItemText* label : std::as_const(m_labels)) removeItem(label);
    m_labels.clear();
    for (const ParetoPoint& point : m_data.uniform) {
        auto* label = new QCPItemText(this);
        label->setText(point.name);
        label->setFont(font());
        label->setColor(palette().color(QPalette::WindowText));
        label->position->setType(QCPItemPosition::ptAbsolute);
        m_labels << label;
    }
}

void ParetoCanvas::drawTarget() {
    m_target->setVisible(m_data.target.has_value());
    if (!m_data.target) return;
    const double cost = m_data.target->value / m_divisor;
    m_target->point1->setCoords(m_data.target->isCost ? QPointF(cost, 0) : QPointF(0, m_data.target->value));
    m_target->point2->setCoords(m_data.target->isCost ? QPointF(cost, 1) : QPointF(1, m_data.target->value));
}

void ParetoCanvas::drawRing() {
    m_ring->data()->clear();
    if (shown() < 0) return;
    const ParetoPoint& point = m_marks[shown()].point;
    if (isDrawn(point)) m_ring->addData(point.cost / m_divisor, point.db);
}

/// Names go where there is room: best below the point, for the curve is above; one that would cover another everywhere
/// is left out.
void ParetoCanvas::labelUniform() {
    const QFontMetrics metrics(font());
    const QRectF area = axisRect()->rect();
    QList<QRectF> taken;
    for (int index = 0; index < m_labels.size(); ++index) {
        const ParetoPoint& point = m_data.uniform[index];
        const QSizeF size(metrics.horizontalAdvance(point.name) + 4, metrics.height());
        const std::optional<QRectF> box = isDrawn(point) ? freeBox(placeOf(point), size, area, taken) : std::nullopt;
        m_labels[index]->setVisible(box.has_value());
        if (!box) continue;
        m_labels[index]->position->setPixelPosition(box->center());
        taken << *box;
    }
}

void ParetoCanvas::updateLayout() {
    QCustomPlot::updateLayout();
    labelUniform();
}

QPointF ParetoCanvas::placeOf(const ParetoPoint& point) const {
    return {xAxis->coordToPixel(point.cost / m_divisor), yAxis->coordToPixel(point.db)};
}

/// Of points in one place the one of the later kind: the found recipe lies on the curve.
int ParetoCanvas::markAt(const QPointF& position) const {
    int nearest = -1;
    double least = kReach;
    for (int index = 0; index < m_marks.size(); ++index) {
        if (!isDrawn(m_marks[index].point)) continue;
        const QPointF away = placeOf(m_marks[index].point) - position;
        const double distance = std::hypot(away.x(), away.y());
        const bool isOnTop = nearest >= 0 && m_marks[index].kind > m_marks[nearest].kind;
        if (distance > least + (isOnTop ? kSamePlace : 0)) continue;
        if (nearest >= 0 && !isOnTop && distance > least - kSamePlace) continue;
        nearest = index;
        least = std::min(least, distance);
    }
    return nearest;
}

void ParetoCanvas::setCurrent(int index) {
    m_current = index < m_marks.size() ? index : -1;
    drawRing();
    Q_EMIT moved();
    refresh();
}

void ParetoCanvas::hover(int index) {
    if (index == m_hovered) return;
    m_hovered = index;
    drawRing();
    Q_EMIT moved();
    refresh();
}

void ParetoCanvas::mouseMoveEvent(QMouseEvent* event) {
    hover(markAt(event->position()));
}

void ParetoCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) event->ignore();
}

void ParetoCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    const int index = markAt(event->position());
    if (index < 0) return;
    setCurrent(index);
    Q_EMIT picked(index);
}

void ParetoCanvas::leaveEvent(QEvent* event) {
    hover(-1);
    QCustomPlot::leaveEvent(event);
}

void ParetoCanvas::keyPressEvent(QKeyEvent* event) {
    const bool picks = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
    if (picks && m_current >= 0) {
        Q_EMIT picked(m_current);
    } else if (!moveCurrent(event->key())) {
        QCustomPlot::keyPressEvent(event);
    }
}

bool ParetoCanvas::moveCurrent(int key) {
    const int last = int(m_marks.size()) - 1;
    if (last < 0) return false;
    switch (key) {
    case Qt::Key_Left:
    case Qt::Key_Down:
        setCurrent(std::max(0, m_current - 1));
        return true;
    case Qt::Key_Right:
    case Qt::Key_Up:
        setCurrent(std::min(last, m_current + 1));
        return true;
    case Qt::Key_Home:
        setCurrent(0);
        return true;
    case Qt::Key_End:
        setCurrent(last);
        return true;
    default:
        return false;
    }
}

void ParetoCanvas::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
    applyPalette();
    for (QCPItemText* label : std::as_const(m_labels)) {
        label->setColor(palette().color(QPalette::WindowText));
        label->setFont(font());
    }
    refresh();
}

void ParetoCanvas::refresh() {
    replot(rpQueuedReplot);
}

} // namespace widgets
