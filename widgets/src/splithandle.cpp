#include "splithandle.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace widgets {

namespace {

constexpr int kKeyStep = SplitHandle::kSteps / 100;
constexpr int kPageStep = SplitHandle::kSteps / 10;
constexpr int kKnob = 11;

} // namespace

SplitHandle::SplitHandle(QWidget* parent) : QAbstractSlider(parent) {
    setAccessibleName(tr("Line between the pictures"));
    setToolTip(tr("Drag the line, or move it with the arrow keys"));
    setFocusPolicy(Qt::StrongFocus);
    setRange(0, kSteps);
    setSingleStep(kKeyStep);
    setPageStep(kPageStep);
    setValue(kSteps / 2);
}

void SplitHandle::setLine(Qt::Orientation line) {
    setOrientation(line == Qt::Vertical ? Qt::Horizontal : Qt::Vertical);
    setInvertedControls(!isVertical()); // the Down key moves the line down
    setCursor(isVertical() ? Qt::SplitHCursor : Qt::SplitVCursor);
    place();
}

void SplitHandle::place() {
    const QSize room = parentWidget()->size();
    const int extent = isVertical() ? room.width() : room.height();
    const int begin = int(std::lround(double(extent) * value() / kSteps)) - kThickness / 2;
    setGeometry(isVertical() ? QRect(begin, 0, kThickness, room.height()) : QRect(0, begin, room.width(), kThickness));
}

void SplitHandle::sliderChange(SliderChange change) {
    QAbstractSlider::sliderChange(change);
    if (change == SliderValueChange) place();
}

void SplitHandle::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor inner = palette().color(hasFocus() ? QPalette::Highlight : QPalette::ButtonText);
    const QColor rim = palette().color(QPalette::Button);
    const QPointF middle = QRectF(rect()).center();
    const QLineF line =
        isVertical() ? QLineF(middle.x(), 0, middle.x(), height()) : QLineF(0, middle.y(), width(), middle.y());
    for (const auto& [colour, wide] : {std::pair(rim, 4.0), std::pair(inner, 1.5)}) { // seen on any picture
        painter.setPen(QPen(colour, wide));
        painter.drawLine(line);
    }
    painter.setPen(QPen(rim, 1.5));
    painter.setBrush(inner);
    painter.drawEllipse(middle, kKnob / 2.0, kKnob / 2.0);
}

void SplitHandle::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return event->ignore();
    const QPoint at = event->position().toPoint();
    m_grabbedAt = (isVertical() ? at.x() : at.y()) - kThickness / 2;
    setSliderDown(true);
}

void SplitHandle::mouseMoveEvent(QMouseEvent* event) {
    if (!isSliderDown()) return;
    const QPoint at = mapToParent(event->position().toPoint());
    const QSize room = parentWidget()->size();
    const int extent = std::max(1, isVertical() ? room.width() : room.height());
    setValue(int(std::lround(double(kSteps) * ((isVertical() ? at.x() : at.y()) - m_grabbedAt) / extent)));
}

void SplitHandle::mouseReleaseEvent(QMouseEvent*) {
    setSliderDown(false);
}

/// Zooms the pictures, as everywhere in the pane.
void SplitHandle::wheelEvent(QWheelEvent* event) {
    event->ignore();
}

/// Keys across the line's way are those of the pane.
void SplitHandle::keyPressEvent(QKeyEvent* event) {
    const bool isSideways = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    const bool isUpright = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down;
    if (isVertical() ? isUpright : isSideways) return event->ignore();
    QAbstractSlider::keyPressEvent(event);
}

} // namespace widgets
