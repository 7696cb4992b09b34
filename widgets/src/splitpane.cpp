#include <widgets/splitpane.h>

#include "splithandle.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace widgets {

SplitPane::SplitPane(ViewLink* link, QWidget* parent) : ImagePane(link, parent), m_handle(new SplitHandle(this)) {
    m_handle->hide();
    connect(m_handle, &QAbstractSlider::valueChanged, this, [this] {
        update();
        Q_EMIT splitChanged(split());
    });
}

void SplitPane::setOther(const QImage& image) {
    m_other = image;
    m_other.setDevicePixelRatio(1);
    update();
}

void SplitPane::setLine(std::optional<Qt::Orientation> line) {
    m_line = line;
    m_handle->setVisible(line.has_value());
    if (line) m_handle->setLine(*line);
    update();
}

double SplitPane::split() const {
    return double(m_handle->value()) / SplitHandle::kSteps;
}

void SplitPane::setSplit(double split) {
    m_handle->setValue(int(std::lround(split * SplitHandle::kSteps)));
}

QWidget* SplitPane::handle() const {
    return m_handle;
}

QImage SplitPane::composite() const {
    if (!m_line || m_other.isNull() || image().isNull()) return image();
    const PaneGeometry now = geometryNow();
    const QRectF before = partBefore(now.pane, *m_line, split());
    const QPointF end = now.placeAt(before.bottomRight());
    QRectF near(QPointF(0, 0), QSizeF(image().size()));
    if (*m_line == Qt::Vertical)
        near.setRight(std::clamp(end.x(), 0.0, 1.0) * image().width());
    else
        near.setBottom(std::clamp(end.y(), 0.0, 1.0) * image().height());
    QImage result = m_other.scaled(image().size()).convertToFormat(QImage::Format_RGB32);
    QPainter painter(&result);
    painter.setClipRect(near.toRect());
    painter.drawImage(0, 0, image());
    return result;
}

void SplitPane::paintImage(QPainter& painter) {
    if (!m_line || m_other.isNull()) return ImagePane::paintImage(painter);
    const PaneGeometry now = geometryNow();
    const QRectF before = partBefore(now.pane, *m_line, split());
    painter.setClipRegion(QRegion(QRect(QPoint(0, 0), now.pane.toSize() + QSize(1, 1))) - before.toRect());
    drawImage(painter, now.imageRect(), m_other);
    painter.setClipRect(before);
    ImagePane::paintImage(painter);
    painter.setClipping(false);
}

void SplitPane::resizeEvent(QResizeEvent* event) {
    ImagePane::resizeEvent(event);
    m_handle->place();
}

} // namespace widgets
