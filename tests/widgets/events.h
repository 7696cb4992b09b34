#pragma once

#include <QPointF>
#include <QWidget>

namespace events {

/// Turns the wheel over a widget; 120 is one notch away from the user.
void wheel(QWidget* widget, QPointF position, int delta, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// Moves the mouse with the given buttons held, without a platform cursor.
void move(QWidget* widget, QPointF position, Qt::MouseButtons buttons = Qt::NoButton,
          Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// Press, two moves, release.
void drag(QWidget* widget, QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// The child with this accessible name; nullptr without.
QWidget* childNamed(const QWidget& parent, const QString& accessibleName);

} // namespace events
