#include <app/windows/commandtable.h>
#include <app/windows/importrecipe.h>
#include <app/windows/mainwindow.h>
#include <app/windows/reportfile.h>

namespace app::windows {

std::vector<CommandInfo> fileCommands() {
    return {
        {"file.newSession", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&New Session"), "Ctrl+N",
         QT_TRANSLATE_NOOP("Commands", "Begin anew, with the page of models and recent files"),
         [](MainWindow& window) { window.files().newSession(); }},
        {"file.openSession", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Open S&ession…"), "Ctrl+Shift+N",
         QT_TRANSLATE_NOOP("Commands", "Open a session: model, recipes, maps and settings as they were saved"),
         [](MainWindow& window) { window.files().chooseSession(); }, std::nullopt, false},
        {"file.openModel", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Open Model…"), "Ctrl+O",
         QT_TRANSLATE_NOOP("Commands", "Open a diffusers folder"),
         [](MainWindow& window) { window.files().chooseModel(); }, QStyle::SP_DirOpenIcon, false},
        {"file.openCheckpoint", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Open &Checkpoint File…"), "Ctrl+K",
         QT_TRANSLATE_NOOP("Commands", "Open a single-file checkpoint (.safetensors) or a GGUF file"),
         [](MainWindow& window) { window.files().chooseCheckpoint(); }, std::nullopt, false},
        {"file.openWith", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Open &with Options…"), "Ctrl+Alt+O",
         QT_TRANSLATE_NOOP("Commands",
                           "Open a model with LoRAs, lent parts, on another device or in another precision"),
         [](MainWindow& window) { window.files().chooseWithOptions(); }, std::nullopt, false},
        {"file.openFile", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Open &Recipe or Analysis…"), "Ctrl+Shift+O",
         QT_TRANSLATE_NOOP("Commands", "Open a recipe or an analysis"),
         [](MainWindow& window) { window.files().chooseFile(); }, std::nullopt, false},
        {"file.importRecipe", MenuId::File, QT_TRANSLATE_NOOP("Commands", "I&mport Recipe…"), "",
         QT_TRANSLATE_NOOP("Commands", "Take over a recipe of Apple's tools, MixDQ or stable-diffusion.cpp"),
         chooseImport},
        {"file.save", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Save"), "Ctrl+S",
         QT_TRANSLATE_NOOP("Commands", "Save the session or, while the work is none, the recipe"),
         [](MainWindow& window) { window.files().save(); }, QStyle::SP_DialogSaveButton, true, true},
        {"file.saveSessionAs", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Save Sess&ion As…"), "Ctrl+Alt+S",
         QT_TRANSLATE_NOOP("Commands", "Save all work as a session: model, recipes, maps and settings"),
         [](MainWindow& window) { window.files().sessions().saveAs(); }},
        {"file.saveAs", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Save Recipe &As…"), "Ctrl+Shift+S",
         QT_TRANSLATE_NOOP("Commands", "Save the recipe in another file"),
         [](MainWindow& window) { window.files().saveRecipeAs(); }},
        {"file.saveAnalysis", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Save A&nalysis…"), "",
         QT_TRANSLATE_NOOP("Commands", "Save all maps"), [](MainWindow& window) { window.files().saveAnalysis(); }},
        {"file.export", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Export…"), "Ctrl+E",
         QT_TRANSLATE_NOOP("Commands", "Export the model with the recipe's values"),
         [](MainWindow& window) { window.files().exportModel(); }, QStyle::SP_DialogApplyButton},
        {"file.verify", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Verify an Export…"), "Ctrl+Shift+E",
         QT_TRANSLATE_NOOP("Commands", "Open an export again and compare all it holds with the model"),
         [](MainWindow& window) { window.files().verifyExport(); }},
        {"file.report", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Write a Re&port…"), "Ctrl+Shift+R",
         QT_TRANSLATE_NOOP("Commands", "Write maps, recipe, numbers and pictures into one file for others"),
         chooseReport},
        {"file.quit", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Quit"), "Ctrl+Q",
         QT_TRANSLATE_NOOP("Commands", "Leave the program"), [](MainWindow& window) { window.close(); }, std::nullopt,
         false, true},
    };
}

} // namespace app::windows
