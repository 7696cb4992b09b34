#pragma once

#include <app/windows/mainwindow.h>

#include <QStyle>

#include <optional>
#include <vector>

namespace app::windows {

enum class MenuId { File, Edit, Precision, Run, View, Help };

/// One command of the studio: the only place where its text and its keys are written.
struct CommandInfo {
    const char* id;
    MenuId menu;
    const char* text;
    const char* keys; ///< portable text of the shortcut; may be empty
    const char* tip;
    void (MainWindow::*run)();
    std::optional<QStyle::StandardPixmap> icon = std::nullopt; ///< a command with an icon is on the toolbar too
    bool needsModel = true;
    bool startsGroup = false;
};

/// All commands, in the order of their menus.
const std::vector<CommandInfo>& commandTable();
QString titleOf(MenuId menu);

} // namespace app::windows
