#pragma once

#include <app/session/settings.h>

#include <QStringList>
#include <QWidget>

#include <functional>

namespace app::windows {

/// What a file to write is asked for with.
struct SaveQuestion {
    QString title;
    QString filter;         ///< one entry for each suffix, separated by ";;"
    QStringList suffixes;   ///< such as ".recipe.json"; a name gets that of the chosen filter unless it ends in one
    QStringList other = {}; ///< endings that are kept, too, such as ".json"
};

/// `name`, with `suffix` unless it ends in it or in one of `other`; case does not matter.
QString withSuffix(const QString& name, const QString& suffix, const QStringList& other = {});

/// Asks for a file to write, beginning in the folder that was used last, and remembers its folder. The name that `then`
/// gets is final, and where a file of that name is there the user has agreed to lose it.
void chooseFileToSave(QWidget* window, session::Settings& settings, const SaveQuestion& question,
                      const std::function<void(const QString&)>& then);

} // namespace app::windows
