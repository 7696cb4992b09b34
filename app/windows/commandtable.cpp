#include <app/windows/commandtable.h>

#include <QCoreApplication>

namespace app::windows {

const std::vector<CommandInfo>& commandTable() {
    static const std::vector<CommandInfo> all = [] {
        std::vector<CommandInfo> commands;
        for (const auto area : {fileCommands, editCommands, precisionCommands, mapCommands, pictureCommands,
                                runCommands, viewCommands, helpCommands})
            for (const CommandInfo& info : area()) commands.push_back(info);
        return commands;
    }();
    return all;
}

QString titleOf(MenuId menu) {
    switch (menu) {
    case MenuId::File:
        return translated(QT_TRANSLATE_NOOP("Commands", "&File"));
    case MenuId::Edit:
        return translated(QT_TRANSLATE_NOOP("Commands", "&Edit"));
    case MenuId::Precision:
        return translated(QT_TRANSLATE_NOOP("Commands", "&Precision"));
    case MenuId::Map:
        return translated(QT_TRANSLATE_NOOP("Commands", "&Map"));
    case MenuId::Pictures:
        return translated(QT_TRANSLATE_NOOP("Commands", "P&ictures"));
    case MenuId::Run:
        return translated(QT_TRANSLATE_NOOP("Commands", "&Run"));
    case MenuId::View:
        return translated(QT_TRANSLATE_NOOP("Commands", "&View"));
    case MenuId::Help:
        return translated(QT_TRANSLATE_NOOP("Commands", "&Help"));
    }
    return {};
}

QString translated(const char* textOrTip) {
    return QCoreApplication::translate("Commands", textOrTip);
}

} // namespace app::windows
