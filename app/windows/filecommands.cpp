#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

namespace app::windows {

std::vector<CommandInfo> fileCommands() {
    return {
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
        {"file.save", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Save Recipe"), "Ctrl+S",
         QT_TRANSLATE_NOOP("Commands", "Save the recipe"), [](MainWindow& window) { window.files().saveRecipe(); },
         QStyle::SP_DialogSaveButton, true, true},
        {"file.saveAs", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Save Recipe &As…"), "Ctrl+Shift+S",
         QT_TRANSLATE_NOOP("Commands", "Save the recipe in another file"),
         [](MainWindow& window) { window.files().saveRecipeAs(); }},
        {"file.saveAnalysis", MenuId::File, QT_TRANSLATE_NOOP("Commands", "Save A&nalysis…"), "",
         QT_TRANSLATE_NOOP("Commands", "Save all maps"), [](MainWindow& window) { window.files().saveAnalysis(); }},
        {"file.export", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Export…"), "Ctrl+E",
         QT_TRANSLATE_NOOP("Commands", "Export the model with the recipe's values"),
         [](MainWindow& window) { window.files().exportModel(); }, QStyle::SP_DialogApplyButton},
        {"file.quit", MenuId::File, QT_TRANSLATE_NOOP("Commands", "&Quit"), "Ctrl+Q",
         QT_TRANSLATE_NOOP("Commands", "Leave the program"), [](MainWindow& window) { window.close(); }, std::nullopt,
         false, true},
    };
}

} // namespace app::windows
