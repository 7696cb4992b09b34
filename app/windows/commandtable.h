#pragma once

#include <QStyle>

#include <optional>
#include <vector>

namespace app::windows {

class MainWindow;

enum class MenuId { File, Edit, Precision, Map, Pictures, Run, View, Help };

/// One command of the studio: the only place where its text and its keys are written. Menus, toolbar, palette, shortcut
/// editor and help are made from it.
struct CommandInfo {
    const char* id;
    MenuId menu;
    const char* text; ///< as is `tip`, to be translated in the context "Commands"
    const char* keys; ///< portable text of the shortcut; may be empty
    const char* tip;
    void (*run)(MainWindow& window);
    std::optional<QStyle::StandardPixmap> icon = std::nullopt; ///< a command with an icon is on the toolbar too
    bool needsModel = true;
    bool startsGroup = false;
    const char* whenDisabled = nullptr; ///< why it cannot be used just now though a model is open; to be translated too
};

/// The commands of one area; each in a file of its own.
std::vector<CommandInfo> fileCommands();
std::vector<CommandInfo> editCommands();
std::vector<CommandInfo> precisionCommands();
std::vector<CommandInfo> pictureCommands();
std::vector<CommandInfo> mapCommands();
std::vector<CommandInfo> runCommands();
std::vector<CommandInfo> viewCommands();
std::vector<CommandInfo> helpCommands();

/// All commands, in the order of their menus.
const std::vector<CommandInfo>& commandTable();
QString titleOf(MenuId menu);
/// In the language of the user.
QString translated(const char* textOrTip);

} // namespace app::windows
