#pragma once

#include <QPoint>
#include <QString>

namespace app::windows {

class MainWindow;

/// The formats and commands for a block, or for all selected blocks if it is one of them.
void showPrecisionMenu(MainWindow& window, const QString& block, const QPoint& globalPosition);

} // namespace app::windows
