#include <app/windows/commandtable.h>
#include <app/windows/mainwindow.h>

namespace app::windows {

std::vector<CommandInfo> viewCommands() {
    return {
        {"view.reset", MenuId::View, QT_TRANSLATE_NOOP("Commands", "&Restore Default Layout"), "",
         QT_TRANSLATE_NOOP("Commands", "Put all panes back to their places"),
         [](MainWindow& window) { window.resetLayout(); }},
    };
}

} // namespace app::windows
