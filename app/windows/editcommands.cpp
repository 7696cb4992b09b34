#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

namespace app::windows {

std::vector<CommandInfo> editCommands() {
    return {
        {"edit.undo", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "&Undo"), "Ctrl+Z",
         QT_TRANSLATE_NOOP("Commands", "Take the last edit back"),
         [](MainWindow& window) { window.studio().document().undoStack().undo(); }, QStyle::SP_ArrowBack},
        {"edit.redo", MenuId::Edit, QT_TRANSLATE_NOOP("Commands", "&Redo"), "Ctrl+Shift+Z",
         QT_TRANSLATE_NOOP("Commands", "Make the edit again"),
         [](MainWindow& window) { window.studio().document().undoStack().redo(); }, QStyle::SP_ArrowForward},
    };
}

} // namespace app::windows
