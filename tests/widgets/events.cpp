#include "widgets/events.h"

#include <QApplication>
#include <QMouseEvent>
#include <QTest>
#include <QWheelEvent>

void events::wheel(QWidget* widget, QPointF position, int delta, Qt::KeyboardModifiers modifiers) {
    QWheelEvent event(position, widget->mapToGlobal(position), {}, {0, delta}, Qt::NoButton, modifiers,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(widget, &event);
}

void events::move(QWidget* widget, QPointF position, Qt::MouseButtons buttons, Qt::KeyboardModifiers modifiers) {
    QMouseEvent event(QEvent::MouseMove, position, widget->mapToGlobal(position), Qt::NoButton, buttons, modifiers);
    QApplication::sendEvent(widget, &event);
}

void events::drag(QWidget* widget, QPoint from, QPoint to, Qt::KeyboardModifiers modifiers) {
    QTest::mousePress(widget, Qt::LeftButton, modifiers, from);
    move(widget, (from + to) / 2, Qt::LeftButton, modifiers);
    move(widget, to, Qt::LeftButton, modifiers);
    QTest::mouseRelease(widget, Qt::LeftButton, modifiers, to);
}

QWidget* events::childNamed(const QWidget& parent, const QString& accessibleName) {
    for (QWidget* child : parent.findChildren<QWidget*>()) {
        if (child->accessibleName() == accessibleName) return child;
    }
    return nullptr;
}
