#include <widgets/imagepane.h>

#include <widgets/colourmap.h>

#include <QApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace widgets {

namespace {

constexpr double kWheelZoom = 1.25;
constexpr double kKeyZoom = 1.5;
constexpr double kKeyPan = 0.1;   ///< of the pane
constexpr double kLeastProbe = 5; ///< device pixels

/// Makes the painter count device pixels from the first whole one in the widget: at fractional pixel ratios a widget
/// may begin inside a pixel.
void useDevicePixels(QPainter& painter, qreal pixelRatio) {
    const QTransform toDevice = painter.deviceTransform();
    const QPointF origin(toDevice.dx(), toDevice.dy());
    const QPointF shift = QPointF(std::round(origin.x()), std::round(origin.y())) - origin;
    painter.scale(1 / pixelRatio, 1 / pixelRatio);
    painter.translate(shift);
}

} // namespace

void ImagePane::drawImage(QPainter& painter, const QRectF& rect, const QImage& image) {
    if (rect.width() >= image.width()) return painter.drawImage(rect, image);
    const QSize size = rect.size().toSize().expandedTo({1, 1});
    painter.drawImage(rect.topLeft(), image.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
}

ImagePane::ImagePane(ViewLink* link, QWidget* parent) : QWidget(parent), m_link(link) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(link, &ViewLink::changed, this, &ImagePane::refresh);
    connect(link, &ViewLink::wasReset, this, &ImagePane::dropOffset);
}

void ImagePane::setImage(const QImage& image) {
    m_image = image;
    m_image.setDevicePixelRatio(1);
    refresh();
}

void ImagePane::setPlaceholder(const QString& text) {
    m_placeholder = text;
    update();
}

void ImagePane::setBusy(bool busy, const QString& text, bool stale) {
    m_busy = busy;
    m_busyText = text;
    m_stale = stale;
    update();
}

void ImagePane::setProbe(QPointF place) {
    if (place == m_probe) return;
    m_probe = place;
    update();
}

PaneGeometry ImagePane::geometryNow() const {
    return {QSizeF(size()) * devicePixelRatioF(), m_image.size(), view()};
}

View ImagePane::view() const {
    const View& shared = m_link->view();
    const PaneGeometry alone{QSizeF(size()) * devicePixelRatioF(), m_image.size(), shared};
    const bool isFitted = shared.scale == 0 && m_factor == 1;
    return {shared.centre + m_offset, isFitted ? 0 : alone.scale() * m_factor};
}

double ImagePane::zoom() const {
    return geometryNow().zoom();
}

void ImagePane::setZoom(double zoom) {
    const PaneGeometry now = geometryNow();
    if (!now.isValid()) return;
    move(now.zoomedAt({now.pane.width() / 2, now.pane.height() / 2}, zoom / now.zoom()), Qt::NoModifier);
}

void ImagePane::move(const View& wanted, Qt::KeyboardModifiers modifiers) {
    if (m_following && !modifiers.testFlag(Qt::AltModifier)) {
        m_link->set({wanted.centre - m_offset, wanted.scale / m_factor});
        return;
    }
    const PaneGeometry alone{geometryNow().pane, m_image.size(), m_link->view()};
    m_offset = wanted.centre - m_link->view().centre;
    m_factor = wanted.scale / alone.scale();
    refresh();
}

void ImagePane::dropOffset() {
    m_offset = {};
    m_factor = 1;
    refresh();
}

void ImagePane::refresh() {
    update();
    Q_EMIT zoomChanged(zoom());
}

void ImagePane::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Dark));
    if (m_image.isNull()) {
        painter.setPen(textColourOn(palette().color(QPalette::Dark)));
        painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    } else {
        painter.save();
        useDevicePixels(painter, devicePixelRatioF());
        paintImage(painter);
        paintProbe(painter);
        painter.restore();
    }
    paintOverlay(painter);
}

void ImagePane::paintImage(QPainter& painter) {
    drawImage(painter, geometryNow().imageRect(), m_image);
}

/// Black and white, so that one of them is seen on any picture.
void ImagePane::paintProbe(QPainter& painter) const {
    if (m_probe.x() < 0) return;
    const PaneGeometry now = geometryNow();
    const QPointF pixel(std::min(std::floor(m_probe.x() * m_image.width()), m_image.width() - 1.0),
                        std::min(std::floor(m_probe.y() * m_image.height()), m_image.height() - 1.0));
    const double side = std::max(now.zoom(), kLeastProbe);
    QRectF frame(0, 0, side, side);
    frame.moveCenter(now.positionOf({(pixel.x() + 0.5) / m_image.width(), (pixel.y() + 0.5) / m_image.height()}));
    painter.setBrush(Qt::NoBrush);
    for (const auto& [colour, out] : {std::pair(Qt::black, 2), std::pair(Qt::white, 1)}) {
        painter.setPen(QPen(colour, 1));
        painter.drawRect(frame.adjusted(-out, -out, out, out));
    }
}

void ImagePane::paintOverlay(QPainter& painter) const {
    if (m_busy) {
        QColor veil = palette().color(QPalette::Window);
        veil.setAlphaF(0.5F);
        if (m_stale && !m_image.isNull()) painter.fillRect(rect(), veil);
        QRect badge = painter.fontMetrics().boundingRect(m_busyText).adjusted(-10, -5, 10, 5);
        badge.moveCenter({rect().center().x(), rect().bottom() - badge.height()});
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::ToolTipBase));
        painter.drawRoundedRect(badge, 4, 4);
        painter.setPen(palette().color(QPalette::ToolTipText));
        painter.drawText(badge, Qt::AlignCenter, m_busyText);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

void ImagePane::resizeEvent(QResizeEvent*) {
    refresh();
}

void ImagePane::wheelEvent(QWheelEvent* event) {
    const PaneGeometry now = geometryNow();
    // With Alt held some platforms report a vertical wheel as a horizontal one.
    const int turned = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    if (!now.isValid() || turned == 0) return event->ignore();
    const QPointF position = event->position() * devicePixelRatioF();
    move(now.zoomedAt(position, std::pow(kWheelZoom, turned / 120.0)), event->modifiers());
    event->accept();
}

void ImagePane::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    m_pressedAt = m_dragFrom = event->position();
    m_dragging = true;
    setCursor(Qt::ClosedHandCursor);
}

void ImagePane::mouseMoveEvent(QMouseEvent* event) {
    const PaneGeometry now = geometryNow();
    if (!now.isValid()) return;
    if (m_dragging) {
        const QPointF delta = event->position() - m_dragFrom;
        m_dragFrom = event->position();
        move(now.panned(delta * devicePixelRatioF()), event->modifiers());
    }
    const QPointF place = geometryNow().placeAt(event->position() * devicePixelRatioF());
    Q_EMIT hovered(QRectF(0, 0, 1, 1).contains(place) ? place : QPointF(-1, -1));
}

void ImagePane::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    const double way = (event->position() - m_pressedAt).manhattanLength();
    const bool isClick = m_dragging && way < QApplication::startDragDistance();
    m_dragging = false;
    unsetCursor();
    if (isClick) probe(event->position() * devicePixelRatioF());
}

/// At a position in device pixels.
void ImagePane::probe(QPointF position) {
    const PaneGeometry now = geometryNow();
    if (!now.isValid()) return;
    const QPointF place = now.placeAt(position);
    if (QRectF(0, 0, 1, 1).contains(place)) Q_EMIT probed(place);
}

void ImagePane::mouseDoubleClickEvent(QMouseEvent*) {
    m_link->reset();
}

void ImagePane::leaveEvent(QEvent*) {
    Q_EMIT hovered({-1, -1});
}

void ImagePane::keyPressEvent(QKeyEvent* event) {
    const PaneGeometry now = geometryNow();
    if (!now.isValid()) return QWidget::keyPressEvent(event);
    const QPointF middle(now.pane.width() / 2, now.pane.height() / 2);
    const QPointF step = QPointF(now.pane.width(), now.pane.height()) * kKeyPan;
    const auto keys = event->modifiers();
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return move(now.zoomedAt(middle, kKeyZoom), keys);
    case Qt::Key_Minus:
        return move(now.zoomedAt(middle, 1 / kKeyZoom), keys);
    case Qt::Key_0:
        return move(now.zoomedAt(middle, 1 / now.zoom()), keys);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return probe(middle);
    case Qt::Key_F:
        return m_link->reset();
    case Qt::Key_Left:
        return move(now.panned({step.x(), 0}), keys);
    case Qt::Key_Right:
        return move(now.panned({-step.x(), 0}), keys);
    case Qt::Key_Up:
        return move(now.panned({0, step.y()}), keys);
    case Qt::Key_Down:
        return move(now.panned({0, -step.y()}), keys);
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace widgets
