#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>
#include <app/windows/mapexport.h>

#include <QFileDialog>

namespace app::windows {

namespace {

using widgets::HeatmapSort;

constexpr double kZoomStep = 1.25;

widgets::HeatmapWidget& map(MainWindow& window) {
    return *window.heatmapPane()->heatmap();
}

void sortBy(MainWindow& window, HeatmapSort sort) {
    window.heatmapPane()->sortBy(sort);
}

using Save = jobs::Result<jobs::Done> (*)(const widgets::HeatmapWidget&, const QString&);

void exportMap(MainWindow& window, const QString& suffix, Save save) {
    window.files().chooseSaveFile(MainWindow::tr("Export the map"), suffix, [&window, save](const QString& file) {
        const auto saved = save(map(window), file);
        window.studio().report(saved);
        if (saved) window.log(MainWindow::tr("Saved %1").arg(file));
    });
}

void chooseAnalysis(MainWindow& window) {
    auto* dialog = new QFileDialog(&window, MainWindow::tr("Compare with an analysis"),
                                   window.studio().settings().value(session::kLastFolder),
                                   MainWindow::tr("Analyses (*.analysis.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    QObject::connect(dialog, &QFileDialog::fileSelected, &window, [&window](const QString& file) {
        window.studio().document().analysisShelf().add(file);
        window.heatmapPane()->compareWith(file);
    });
    dialog->open();
}

void setBrushed(MainWindow& window) {
    BrushBar& bar = *window.heatmapPane()->brushBar();
    if (bar.isVisible()) return bar.setFocus();
    window.log(MainWindow::tr(
        "Nothing is brushed: drag over the map with Shift held, or use the arrow keys there with Shift held."));
}

void showTable(MainWindow& window) {
    map(window).setTableShown(!map(window).tableShown());
}

std::vector<CommandInfo> lookCommands() {
    return {
        {"map.zoomIn", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Zoom &In"), "",
         QT_TRANSLATE_NOOP("Commands", "Show fewer cells of the map; + while it has the keyboard"),
         [](MainWindow& window) { map(window).zoom(kZoomStep); }},
        {"map.zoomOut", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Zoom &Out"), "",
         QT_TRANSLATE_NOOP("Commands", "Show more cells of the map; - while it has the keyboard"),
         [](MainWindow& window) { map(window).zoom(1 / kZoomStep); }},
        {"map.zoomBrush", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Zoom to the &Brush"), "",
         QT_TRANSLATE_NOOP("Commands", "Show what is brushed as large as it can be; Z while the map has the keyboard"),
         [](MainWindow& window) { map(window).zoomToBrush(); }},
        {"map.showAll", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Show &Everything"), "",
         QT_TRANSLATE_NOOP("Commands", "Show the whole map; F while it has the keyboard"),
         [](MainWindow& window) { map(window).showAll(); }},
        {"map.table", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "As a &Table"), "Ctrl+Alt+T",
         QT_TRANSLATE_NOOP("Commands", "Change between the map and the table of its numbers"), showTable},
    };
}

std::vector<CommandInfo> orderCommands() {
    return {
        {"map.sortModel", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort in the Order of the &Model"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows as they follow each other in the network"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Model); }, std::nullopt, true, true},
        {"map.sortName", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort by &Name"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows by their names"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Name); }},
        {"map.sortMean", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort by Mean &SQNR"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows by the mean of their noise"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Mean); }},
        {"map.sortWorst", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort by &Worst SQNR"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows by the lowest of their numbers"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Worst); }},
        {"map.sortTimestep", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort by the &Timestep"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows by their SQNR at the timestep under the mouse, or the selected one"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Timestep); }},
        {"map.sortParameters", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Sort by &Parameters"), "",
         QT_TRANSLATE_NOOP("Commands", "Rows by the number of their parameters"),
         [](MainWindow& window) { sortBy(window, HeatmapSort::Parameters); }},
        {"map.reverse", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Turn the Order &Round"), "",
         QT_TRANSLATE_NOOP("Commands", "Largest first, or smallest first"),
         [](MainWindow& window) { window.heatmapPane()->reverseOrder(); }},
        {"map.fold", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Unfold or Fold the B&lock"), "",
         QT_TRANSLATE_NOOP("Commands", "Show or hide the layers of the selected block, which are measured if they are "
                                       "not; Return while the map has the keyboard"),
         [](MainWindow& window) { map(window).toggleCurrentRow(); }, std::nullopt, true, true},
        {"map.expandAll", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Unfold All Blocks"), "",
         QT_TRANSLATE_NOOP("Commands", "Show the layers of all blocks, which are measured if they are not"),
         [](MainWindow& window) { window.heatmapPane()->expandAll(); }},
        {"map.foldAll", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Fold All Blocks"), "",
         QT_TRANSLATE_NOOP("Commands", "Show blocks alone"),
         [](MainWindow& window) { window.heatmapPane()->foldAll(); }},
    };
}

std::vector<CommandInfo> useCommands() {
    return {
        {"map.setBrushed", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "S&et Formats of the Brush"), "Ctrl+Alt+F",
         QT_TRANSLATE_NOOP("Commands", "Choose formats for the rows and timesteps that are brushed"), setBrushed,
         std::nullopt, true, true},
        {"map.compare", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "&Compare with an Analysis…"), "",
         QT_TRANSLATE_NOOP("Commands", "Show by how many dB the map is above that of another analysis"), chooseAnalysis,
         std::nullopt, true, true},
        {"map.compareNone", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Compare with Nothing"), "",
         QT_TRANSLATE_NOOP("Commands", "Show the map itself again"),
         [](MainWindow& window) { window.heatmapPane()->compareWith({}); }},
        {"map.copy", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Cop&y the Numbers"), "",
         QT_TRANSLATE_NOOP("Commands", "Put the numbers of the map on the clipboard, to be pasted into a table"),
         [](MainWindow& window) { map(window).copy(); }, std::nullopt, true, true},
        {"map.exportPng", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Export as PN&G…"), "",
         QT_TRANSLATE_NOOP("Commands", "Save what is seen of the map as a picture of pixels"),
         [](MainWindow& window) { exportMap(window, QStringLiteral(".png"), saveMapPng); }},
        {"map.exportSvg", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "Export as S&VG…"), "",
         QT_TRANSLATE_NOOP("Commands", "Save what is seen of the map as a picture of shapes, for print"),
         [](MainWindow& window) { exportMap(window, QStringLiteral(".svg"), saveMapSvg); }},
        {"map.exportCsv", MenuId::Map, QT_TRANSLATE_NOOP("Commands", "E&xport as CSV…"), "",
         QT_TRANSLATE_NOOP("Commands", "Save the numbers of the map with their summaries for other programs"),
         [](MainWindow& window) { exportMap(window, QStringLiteral(".csv"), saveMapCsv); }},
    };
}

} // namespace

std::vector<CommandInfo> mapCommands() {
    std::vector<CommandInfo> commands;
    for (const auto& part : {lookCommands(), orderCommands(), useCommands()})
        for (const CommandInfo& info : part) commands.push_back(info);
    return commands;
}

} // namespace app::windows
