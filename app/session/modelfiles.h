#pragma once

#include <QString>
#include <QStringList>

namespace app::session {

enum class FileKind { Model, Recipe, Analysis, Session };

/// By its name: `*.noisefloor` is a session, `*.analysis.json` an analysis, other JSON a recipe, everything else a
/// model. A file of another name that begins like a session is one, too.
FileKind kindOf(const QString& path);

/// The model a recipe or analysis was made for: an embedded one of that name, or one of the recent folders. Throws
/// ldm::Error (BadInput) if the file cannot be read or its model is not known.
QString modelFor(const QString& file, const QStringList& recentFiles);

} // namespace app::session
