#include <app/windows/theme.h>

#include <QApplication>

#include <algorithm>
#include <cmath>

namespace app::windows {

namespace {

struct Colours {
    QColor window, base, alternate, button, text, placeholder, disabled, edge, highlight, onHighlight, link, visited,
        tip;
};

QPalette paletteOf(const Colours& c) {
    QPalette palette(c.button, c.window); // the shades of edges follow from these
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, c.text);
        palette.setColor(QPalette::Disabled, role, c.disabled);
    }
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::Base, c.base);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::Button, c.button);
    palette.setColor(QPalette::PlaceholderText, c.placeholder);
    palette.setColor(QPalette::Mid, c.edge);
    palette.setColor(QPalette::Highlight, c.highlight);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.button);
    palette.setColor(QPalette::HighlightedText, c.onHighlight);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, c.disabled);
    palette.setColor(QPalette::Link, c.link);
    palette.setColor(QPalette::LinkVisited, c.visited);
    palette.setColor(QPalette::ToolTipBase, c.tip);
    return palette;
}

/// Of the colour with its channels made linear.
double luminance(const QColor& colour) {
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

} // namespace

QPalette lightPalette() {
    return paletteOf({.window = 0xf1f2f4,
                      .base = 0xffffff,
                      .alternate = 0xf6f7f9,
                      .button = 0xe9ebee,
                      .text = 0x1b1d20,
                      .placeholder = 0x62676d,
                      .disabled = 0x7d8288,
                      .edge = 0x868b91,
                      .highlight = 0x1f6fbf,
                      .onHighlight = 0xffffff,
                      .link = 0x0b57a8,
                      .visited = 0x6b3aa0,
                      .tip = 0xfffbe6});
}

QPalette darkPalette() {
    return paletteOf({.window = 0x2a2c30,
                      .base = 0x1e2023,
                      .alternate = 0x25272b,
                      .button = 0x383b40,
                      .text = 0xe8e9eb,
                      .placeholder = 0xa3a8ae,
                      .disabled = 0x8b9096,
                      .edge = 0x72777d,
                      .highlight = 0x2b6cb0,
                      .onHighlight = 0xffffff,
                      .link = 0x7db8ff,
                      .visited = 0xc7a5f5,
                      .tip = 0x3a3d42});
}

void applyTheme(const QString& theme) {
    if (theme == QLatin1String("light"))
        QApplication::setPalette(lightPalette());
    else if (theme == QLatin1String("dark"))
        QApplication::setPalette(darkPalette());
    else
        QApplication::setPalette(QPalette());
}

double contrast(const QColor& a, const QColor& b) {
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

} // namespace app::windows
