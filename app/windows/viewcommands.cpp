#include <app/windows/commandpalette.h>
#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

#include <QApplication>

namespace app::windows {

namespace {

void switchTheme(MainWindow& window) {
    const QPalette present = QApplication::palette();
    const bool isDark = present.color(QPalette::Window).lightness() < present.color(QPalette::WindowText).lightness();
    window.studio().settings().set(session::kTheme, isDark ? QStringLiteral("light") : QStringLiteral("dark"));
}

} // namespace

std::vector<CommandInfo> viewCommands() {
    return {
        {"view.palette", MenuId::View, QT_TRANSLATE_NOOP("Commands", "&All Commands…"), "Ctrl+Shift+P",
         QT_TRANSLATE_NOOP("Commands", "Find a command, a pane or a block by a few letters"), CommandPalette::toggle,
         std::nullopt, false},
        {"view.theme", MenuId::View, QT_TRANSLATE_NOOP("Commands", "&Light or Dark"), "",
         QT_TRANSLATE_NOOP("Commands", "Change from light colours to dark ones and back"), switchTheme, std::nullopt,
         false},
        {"view.inspect", MenuId::View, QT_TRANSLATE_NOOP("Commands", "&Inspect Block"), "Ctrl+I",
         QT_TRANSLATE_NOOP("Commands",
                           "Look into the selected block: its weights, its inputs, and what formats leave of them"),
         [](MainWindow& window) { window.showDock(QStringLiteral("dock.inspector")); }},
        {"view.reset", MenuId::View, QT_TRANSLATE_NOOP("Commands", "&Restore Default Layout"), "",
         QT_TRANSLATE_NOOP("Commands", "Put all panes back to their places"),
         [](MainWindow& window) { window.resetLayout(); }},
    };
}

} // namespace app::windows
