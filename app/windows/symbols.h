#pragma once

#include <QIcon>
#include <QStyle>

namespace app::windows {

/// The program's own drawing for one of Qt's standard symbols: sharp at every size and in the text colour of the
/// present palette, also after that has changed. Where the program has none, the style's.
QIcon symbol(QStyle::StandardPixmap which);

} // namespace app::windows
