#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>
#include <app/windows/settingsdialog.h>
#include <app/windows/shortcuteditor.h>

namespace app::windows {

namespace {

/// One of a kind: shown again rather than made twice.
template <class Dialog, class Subject> void openDialog(MainWindow& window, Subject& subject) {
    auto* dialog = window.findChild<Dialog*>();
    if (!dialog) {
        dialog = new Dialog(subject, &window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

} // namespace

std::vector<CommandInfo> editCommands() {
    return {
        {"edit.undo", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "&Undo"), "Ctrl+Z",
         QT_TRANSLATE_NOOP("Commands", "Take the last edit back"),
         [](MainWindow& window) { window.studio().document().undoStack().undo(); }, QStyle::SP_ArrowBack, true, false,
         QT_TRANSLATE_NOOP("Commands", "There is no edit to take back.")},
        {"edit.redo", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "&Redo"), "Ctrl+Shift+Z",
         QT_TRANSLATE_NOOP("Commands", "Make the edit again"),
         [](MainWindow& window) { window.studio().document().undoStack().redo(); }, QStyle::SP_ArrowForward, true,
         false, QT_TRANSLATE_NOOP("Commands", "No edit was taken back.")},
        {"edit.shortcuts", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "Short&cuts…"), "",
         QT_TRANSLATE_NOOP("Commands", "Choose the keys of every command"),
         [](MainWindow& window) { openDialog<ShortcutEditor>(window, window.commands()); }, std::nullopt, false, true},
        {"edit.settings", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "Se&ttings…"), "Ctrl+,",
         QT_TRANSLATE_NOOP("Commands", "Choose colours, language, what is measured and more"),
         [](MainWindow& window) { openDialog<SettingsDialog>(window, window.studio().settings()); }, std::nullopt,
         false},
    };
}

} // namespace app::windows
