#pragma once

#include <QString>

namespace app::session {

/// How a session in `folder` names a file, so that both can be moved together: relative to the folder, or absolute
/// where they have no more than the root in common and where `folder` is empty. `file` is absolute.
QString storedPath(const QString& file, const QString& folder);
/// The absolute path that a session in `folder` means.
QString meantPath(const QString& stored, const QString& folder);

/// True for the name of an embedded model, which is no path.
bool isEmbedded(const QString& model);

} // namespace app::session
