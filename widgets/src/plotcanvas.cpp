#include "plotcanvas.h"

#include <widgets/colourmap.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace widgets {

namespace {

constexpr double kDarkWindow = 0.2; ///< luminance
constexpr int kPage = 10;           ///< elements that Page Up and Page Down pass

struct Pair {
    QRgb onLight;
    QRgb onDark;
};
constexpr std::array kColours{Pair{0xff0072b2, 0xff56b4e9}, Pair{0xffb34f00, 0xffe69f00}, Pair{0xff007a5a, 0xff2fd1a5},
                              Pair{0xffa8487f, 0xfff0a6cf}};

} // namespace

PlotCanvas::PlotCanvas(QWidget* parent) : QCustomPlot(parent), m_cursor(new QCPItemStraightLine(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(200, 110);
    m_cursor->setVisible(false);
    axisRect()->setupFullAxesBox();
    for (QCPAxis* axis : {xAxis, yAxis}) axis->setSubTicks(false);
    for (QCPAxis* axis : {xAxis2, yAxis2}) axis->setTicks(false);
    applyPalette();
}

void PlotCanvas::applyPalette() {
    setBackground(QBrush(palette().color(QPalette::Window)));
    QColor grid = textColour();
    grid.setAlphaF(0.12F);
    for (QCPAxis* axis : {xAxis, yAxis, xAxis2, yAxis2}) {
        axis->setBasePen(QPen(palette().color(QPalette::Mid)));
        axis->setTickPen(QPen(palette().color(QPalette::Mid)));
        axis->setTickLabelColor(textColour());
        axis->setLabelColor(textColour());
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        axis->grid()->setPen(QPen(grid));
        axis->grid()->setZeroLinePen(QPen(grid));
    }
    legend->setBrush(Qt::NoBrush);
    legend->setBorderPen(Qt::NoPen);
    legend->setTextColor(textColour());
    legend->setFont(font());
    m_cursor->setPen(QPen(textColour(), 1));
}

QColor PlotCanvas::colour(int n) const {
    const Pair& pair = kColours[std::size_t(n) % kColours.size()];
    return QColor(luminance(palette().color(QPalette::Window)) < kDarkWindow ? pair.onDark : pair.onLight);
}

void PlotCanvas::setElements(const QList<double>& places) {
    m_places = places;
    m_hovered = -1;
    if (m_current >= places.size()) m_current = -1;
    showCursor();
}

int PlotCanvas::elementAt(const QPointF& position) const {
    if (m_places.isEmpty() || !axisRect()->rect().contains(position.toPoint())) return -1;
    const double here = xAxis->pixelToCoord(position.x());
    const auto nearest = std::min_element(m_places.begin(), m_places.end(), [here](double a, double b) {
        return std::abs(a - here) < std::abs(b - here);
    });
    return int(nearest - m_places.begin());
}

QPointF PlotCanvas::placeOf(int index) const {
    return {xAxis->coordToPixel(m_places[index]), double(axisRect()->center().y())};
}

void PlotCanvas::setCurrent(int index) {
    m_current = index < m_places.size() ? index : -1;
    showCursor();
    Q_EMIT moved();
    refresh();
}

void PlotCanvas::hover(int index) {
    if (index == m_hovered) return;
    m_hovered = index;
    showCursor();
    Q_EMIT moved();
    refresh();
}

void PlotCanvas::showCursor() {
    m_cursor->setVisible(shown() >= 0);
    if (shown() < 0) return;
    m_cursor->point1->setCoords(m_places[shown()], 0);
    m_cursor->point2->setCoords(m_places[shown()], 1);
}

void PlotCanvas::mouseMoveEvent(QMouseEvent* event) {
    hover(elementAt(event->position()));
}

void PlotCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) event->ignore();
}

void PlotCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    if (const int index = elementAt(event->position()); index >= 0) setCurrent(index);
}

/// Panes of plots are longer than the screen; the wheel is for them.
void PlotCanvas::wheelEvent(QWheelEvent* event) {
    event->ignore();
}

void PlotCanvas::leaveEvent(QEvent* event) {
    hover(-1);
    QCustomPlot::leaveEvent(event);
}

void PlotCanvas::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        Q_EMIT copyRequested();
    } else if (!moveCurrent(event->key())) {
        QCustomPlot::keyPressEvent(event);
    }
}

bool PlotCanvas::moveCurrent(int key) {
    const int last = int(m_places.size()) - 1;
    if (last < 0) return false;
    const auto go = [this, last](int index) {
        setCurrent(std::clamp(index, 0, last));
        return true;
    };
    switch (key) {
    case Qt::Key_Left:
        return go(m_current - 1);
    case Qt::Key_Right:
        return go(m_current + 1);
    case Qt::Key_PageUp:
        return go(m_current - kPage);
    case Qt::Key_PageDown:
        return go(m_current + kPage);
    case Qt::Key_Home:
        return go(0);
    case Qt::Key_End:
        return go(last);
    default:
        return false;
    }
}

void PlotCanvas::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
    applyPalette();
    recolour();
    refresh();
}

void PlotCanvas::refresh() {
    replot(rpQueuedReplot);
}

} // namespace widgets
