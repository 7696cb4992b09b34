#pragma once

#include <QPalette>
#include <QString>

namespace app::windows {

/// Palettes in which every text has a contrast of at least 4.5 : 1 to what is behind it.
QPalette lightPalette();
QPalette darkPalette();

/// "light" or "dark" for our palettes; anything else for that of the system. Windows follow at once. GUI thread.
void applyTheme(const QString& theme);

/// Of two opaque colours, 1 to 21, as WCAG 2.1 defines it.
double contrast(const QColor& a, const QColor& b);

} // namespace app::windows
