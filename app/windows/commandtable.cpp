#include <app/windows/commandtable.h>

namespace app::windows {

const std::vector<CommandInfo>& commandTable() {
    using W = MainWindow;
    static const std::vector<CommandInfo> commands{
        {"file.openModel", MenuId::File, "&Open Model…", "Ctrl+O", "Open a diffusers folder", &W::chooseModel,
         QStyle::SP_DirOpenIcon, false},
        {"file.openCheckpoint", MenuId::File, "Open &Checkpoint File…", "Ctrl+K",
         "Open a single-file checkpoint (.safetensors) or a GGUF file", &W::chooseCheckpoint, std::nullopt, false},
        {"file.openWith", MenuId::File, "Open &with Options…", "Ctrl+Alt+O",
         "Open a model with LoRAs, lent parts, on another device or in another precision", &W::chooseWithOptions,
         std::nullopt, false},
        {"file.openFile", MenuId::File, "Open &Recipe or Analysis…", "Ctrl+Shift+O", "Open a recipe or an analysis",
         &W::chooseFile, std::nullopt, false},
        {"file.save", MenuId::File, "&Save Recipe", "Ctrl+S", "Save the recipe", &W::saveRecipe,
         QStyle::SP_DialogSaveButton, true, true},
        {"file.saveAs", MenuId::File, "Save Recipe &As…", "Ctrl+Shift+S", "Save the recipe in another file",
         &W::saveRecipeAs},
        {"file.saveAnalysis", MenuId::File, "Save A&nalysis…", "", "Save all maps", &W::saveAnalysis},
        {"file.export", MenuId::File, "&Export…", "Ctrl+E", "Export the model with the recipe's values",
         &W::exportModel, QStyle::SP_DialogApplyButton},
        {"file.quit", MenuId::File, "&Quit", "Ctrl+Q", "Leave the program", &W::quit, std::nullopt, false, true},
        {"edit.undo", MenuId::Edit, "&Undo", "Ctrl+Z", "Take the last edit back", &W::undo, QStyle::SP_ArrowBack},
        {"edit.redo", MenuId::Edit, "&Redo", "Ctrl+Shift+Z", "Make the edit again", &W::redo, QStyle::SP_ArrowForward},
        {"precision.weights", MenuId::Precision, "Next &Weight Format", "F7",
         "Give the selected blocks the next weight format", &W::nextWeights},
        {"precision.activations", MenuId::Precision, "Next &Activation Format", "F8",
         "Give the selected blocks the next activation format", &W::nextActivations},
        {"precision.protect", MenuId::Precision, "&Protect (fp16)", "F6", "Give the selected blocks fp16 on both sides",
         &W::protectBlocks},
        {"precision.reset", MenuId::Precision, "&Back to the Default", "Ctrl+Backspace",
         "Give the selected blocks the recipe's default", &W::resetBlocks},
        {"precision.clear", MenuId::Precision, "&Clear All Rules", "", "Give every block the recipe's default",
         &W::clearRules, std::nullopt, true, true},
        {"precision.lock", MenuId::Precision, "&Lock against the Search", "Ctrl+L",
         "Keep the selected blocks at their present format whatever a search finds", &W::lockBlocks, std::nullopt, true,
         true},
        {"precision.unlock", MenuId::Precision, "&Unlock", "Ctrl+Shift+L",
         "Let a search choose the formats of the selected blocks again", &W::unlockBlocks},
        {"run.pictures", MenuId::Run, "Make &Pictures", "F5", "Make both pictures", &W::makePictures,
         QStyle::SP_MediaPlay},
        {"run.resume", MenuId::Run, "&Continue Measuring", "F9", "Measure the maps that are missing", &W::resume},
        {"run.again", MenuId::Run, "Measure &Again", "Shift+F9",
         "Measure all maps anew for the present prompt, seed, steps and guidance", &W::measureAgain},
        {"run.search", MenuId::Run, "&Find a Recipe", "Ctrl+Shift+F",
         "Search for the best recipe under a target of size, BOPs or SQNR", &W::openSearch,
         QStyle::SP_FileDialogContentsView},
        {"run.stop", MenuId::Run, "&Stop", "Ctrl+.", "Stop the present work; what was measured is kept", &W::stopWork,
         QStyle::SP_BrowserStop, true, true},
        {"view.reset", MenuId::View, "&Restore Default Layout", "", "Put all panes back to their places",
         &W::resetLayout},
        {"help.about", MenuId::Help, "&About Noisefloor", "", "What this program is", &W::about, std::nullopt, false},
    };
    return commands;
}

QString titleOf(MenuId menu) {
    switch (menu) {
    case MenuId::File:
        return MainWindow::tr("&File");
    case MenuId::Edit:
        return MainWindow::tr("&Edit");
    case MenuId::Precision:
        return MainWindow::tr("&Precision");
    case MenuId::Run:
        return MainWindow::tr("&Run");
    case MenuId::View:
        return MainWindow::tr("&View");
    case MenuId::Help:
        return MainWindow::tr("&Help");
    }
    return {};
}

} // namespace app::windows
