#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

namespace app::windows {

std::vector<CommandInfo> runCommands() {
    return {
        {"run.pictures", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "Make &Pictures"), "F5",
         QT_TRANSLATE_NOOP("Commands", "Make both pictures"),
         [](MainWindow& window) { window.studio().requestPreview(); }, QStyle::SP_MediaPlay},
        {"run.resume", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "&Continue Measuring"), "F9",
         QT_TRANSLATE_NOOP("Commands", "Measure the maps that are missing"),
         [](MainWindow& window) { window.studio().resume(); }},
        {"run.again", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "Measure &Again"), "Shift+F9",
         QT_TRANSLATE_NOOP("Commands", "Measure all maps anew for the present prompt, seed, steps and guidance"),
         [](MainWindow& window) { window.studio().measureAgain(); }},
        {"run.former", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "Show Other &Maps"), "Ctrl+Shift+F9",
         QT_TRANSLATE_NOOP("Commands", "Maps measured before with another prompt or sampler, or of the other level; "
                                       "one after the other"),
         [](MainWindow& window) { window.studio().bringBackMaps(); }},
        {"run.speed", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "Measure S&peed"), "Alt+F9",
         QT_TRANSLATE_NOOP("Commands",
                           "Time every layer of the UNet on this machine in the formats of maps, recipe and "
                           "search, so that recipes can keep to a time"),
         [](MainWindow& window) { window.studio().measureSpeed(); }},
        {"run.search", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "&Find a Recipe"), "Ctrl+Shift+F",
         QT_TRANSLATE_NOOP("Commands", "Search for the best recipe under a target of size, BOPs, time or SQNR"),
         [](MainWindow& window) { window.showDock(QStringLiteral("dock.search")); }, QStyle::SP_FileDialogContentsView},
        {"run.jobs", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "Show &Jobs"), "Ctrl+Shift+J",
         QT_TRANSLATE_NOOP("Commands", "Queue and history of jobs, each with what can be done about it"),
         [](MainWindow& window) { window.showDock(QStringLiteral("dock.jobs")); }},
        {"run.stop", MenuId::Run, QT_TRANSLATE_NOOP("Commands", "&Stop"), "Ctrl+.",
         QT_TRANSLATE_NOOP("Commands", "Stop the present work; what was measured is kept"),
         [](MainWindow& window) { window.studio().stop(); }, QStyle::SP_BrowserStop, true, true,
         QT_TRANSLATE_NOOP("Commands", "No work is running.")},
    };
}

} // namespace app::windows
