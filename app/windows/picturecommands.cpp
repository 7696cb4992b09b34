#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

namespace app::windows {

namespace {

template <widgets::ComparisonMode Mode> void setMode(MainWindow& window) {
    window.showDock(QStringLiteral("dock.comparison"));
    window.comparisonPane()->view()->setMode(Mode);
}

widgets::ComparisonView& view(MainWindow& window) {
    return *window.comparisonPane()->view();
}

std::vector<CommandInfo> lookCommands() {
    using widgets::ComparisonMode;
    return {
        {"pictures.sideBySide", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Side by Side"), "Ctrl+1",
         QT_TRANSLATE_NOOP("Commands", "Show both pictures beside each other"), setMode<ComparisonMode::SideBySide>},
        {"pictures.leftRight", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Left and Right of a Line"), "Ctrl+2",
         QT_TRANSLATE_NOOP("Commands", "Show full precision left of a line and the quantized picture right of it"),
         setMode<ComparisonMode::LeftRight>},
        {"pictures.aboveBelow", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Above and Below a Line"), "Ctrl+3",
         QT_TRANSLATE_NOOP("Commands", "Show full precision above a line and the quantized picture below it"),
         setMode<ComparisonMode::AboveBelow>},
        {"pictures.difference", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Difference"), "Ctrl+D",
         QT_TRANSLATE_NOOP("Commands", "Show what differs between the pictures, amplified"),
         setMode<ComparisonMode::Difference>},
        {"pictures.blink", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Blink"), "Ctrl+B",
         QT_TRANSLATE_NOOP("Commands", "Show full precision and the quantized picture by turns, or stop that"),
         [](MainWindow& window) { view(window).setBlinking(!view(window).look().blinking); }},
        {"pictures.salience", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "Sal&ience"), "Ctrl+Alt+H",
         QT_TRANSLATE_NOOP("Commands", "Colour the pixels that the evaluator recognises the pictures by, or stop that"),
         [](MainWindow& window) { view(window).setShowsSalience(!view(window).look().salience); }},
        {"pictures.fit", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Fit"), "Ctrl+9",
         QT_TRANSLATE_NOOP("Commands", "Show the pictures as a whole"), [](MainWindow& window) { view(window).fit(); },
         std::nullopt, true, true},
        {"pictures.actualSize", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "A&ctual Size"), "Ctrl+0",
         QT_TRANSLATE_NOOP("Commands", "Show each pixel of the pictures as one pixel of the screen"),
         [](MainWindow& window) { view(window).showActualSize(); }},
        {"pictures.steps", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "S&teps beside the Pictures"), "Ctrl+Alt+B",
         QT_TRANSLATE_NOOP("Commands", "Show or hide the strip of all steps of both pictures"),
         [](MainWindow& window) { window.comparisonPane()->setShowsSteps(!window.comparisonPane()->showsSteps()); }},
    };
}

/// Why there is no sheet to export; empty where there is one.
QString obstacleToSheet(MainWindow& window) {
    if (window.studio().engine().isBusy(jobs::JobKind::Pictures))
        return MainWindow::tr("The grid is being made; wait for it or stop it, then export what is finished.");
    if (!window.gridPane()->isFinished())
        return MainWindow::tr("A sheet shows the grid of prompts and recipes; make one first.");
    return {};
}

void writeSheet(MainWindow& window, const QString& folder) {
    const QString obstacle = obstacleToSheet(window); // again: the dialog was open for a while
    if (obstacle.isEmpty())
        window.studio().engine().exportGrid(folder, true);
    else
        Q_EMIT window.studio().noted(obstacle);
}

void exportSheet(MainWindow& window) {
    const QString obstacle = obstacleToSheet(window);
    if (!obstacle.isEmpty()) {
        window.showDock(QStringLiteral("dock.grid"));
        Q_EMIT window.studio().noted(obstacle);
        return;
    }
    window.files().chooseSaveFolder(MainWindow::tr("Export the sheet into a new folder"),
                                    [&window](const QString& folder) { writeSheet(window, folder); });
}

std::vector<CommandInfo> workCommands() {
    return {
        {"pictures.compareNow", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "Compare &Now"), "Shift+F5",
         QT_TRANSLATE_NOOP("Commands", "Stop making pictures and compare the last step that both have"),
         [](MainWindow& window) { window.comparisonPane()->compareNow(); }, std::nullopt, true, true},
        {"pictures.afterPicture", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "Stop after &This Picture"),
         "Ctrl+F5", QT_TRANSLATE_NOOP("Commands", "Finish the picture that is being made, and no more"),
         [](MainWindow& window) { window.studio().engine().stopAfterPicture(); }},
        {"pictures.seed", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Random Seed"), "Ctrl+J",
         QT_TRANSLATE_NOOP("Commands", "Take a seed by chance"),
         [](MainWindow& window) { window.comparisonPane()->drawSeed(); }},
        {"pictures.grid", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Grid of Prompts and Recipes"), "Ctrl+G",
         QT_TRANSLATE_NOOP("Commands", "Show the grid of several prompts under several recipes"),
         [](MainWindow& window) { window.showDock(QStringLiteral("dock.grid")); }, std::nullopt, true, true},
        {"pictures.makeGrid", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Make the Grid"), "Ctrl+Shift+G",
         QT_TRANSLATE_NOOP("Commands", "Make a picture of every prompt under every recipe"),
         [](MainWindow& window) {
             window.showDock(QStringLiteral("dock.grid"));
             window.gridPane()->make();
         }},
        {"pictures.export", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "&Export the Sheet…"), "Ctrl+Alt+E",
         QT_TRANSLATE_NOOP("Commands", "Write the grid as a sheet with captions, single pictures and metrics"),
         exportSheet},
        {"pictures.copy", MenuId::Pictures, QT_TRANSLATE_NOOP("Commands", "C&opy Picture"), "Ctrl+Shift+C",
         QT_TRANSLATE_NOOP("Commands", "Copy the picture as it is shown: one, both beside the line, or the difference"),
         [](MainWindow& window) { window.comparisonPane()->copyPicture(); }},
    };
}

} // namespace

std::vector<CommandInfo> pictureCommands() {
    std::vector<CommandInfo> commands = lookCommands();
    for (const CommandInfo& info : workCommands()) commands.push_back(info);
    return commands;
}

} // namespace app::windows
