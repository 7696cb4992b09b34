#pragma once

#include <app/session/sessionfile.h>

#include <QStringList>

namespace app::session {

/// A session with the paths at which its files are now.
struct Located {
    Session session;
    QStringList notes; ///< what was found elsewhere and what is missing though the work can be opened, a sentence each
    QString missing;   ///< the first file without which the model cannot be opened as it was; empty if all are there
};

/// Looks for what is not where the session says: beside the session, beside the model, and at the models in
/// `recentFiles`. A model found elsewhere has to have the fingerprint, or at least the name. Opens models to tell; not
/// for the GUI thread.
Located located(Session session, const QString& sessionFile, const QStringList& recentFiles);

/// The session with `file` in place of the missing one.
Session withFileAt(Session session, const QString& missing, const QString& file);

} // namespace app::session
