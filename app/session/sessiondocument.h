#pragma once

#include <app/jobs/filethread.h>
#include <app/session/studio.h>

#include <QJsonObject>
#include <QObject>

#include <functional>

namespace app::session {

/// The present work as a document: the file it is kept in and whether that file is up to date. Files are read and
/// written on a thread of its own. GUI thread.
class SessionDocument : public QObject {
    Q_OBJECT
public:
    /// `look` tells places and state of the panes, which are saved but count as no change.
    SessionDocument(Studio& studio, std::function<QJsonObject()> look, QObject* parent = nullptr);

    Studio& studio() { return m_studio; }
    jobs::FileThread& fileThread() { return m_thread; }
    /// Empty until the work was saved as a session.
    const QString& file() const { return m_file; }
    /// Something would be lost: the session differs from its file or, while it has none, the recipe from its own.
    bool isModified() const;
    /// Grows with every change of what a session holds.
    quint64 revision() const { return m_revision; }
    Session present() const;

    using Done = std::function<void(const jobs::Result<jobs::Done>&)>;
    /// Saves as `file`, which is then the session's unless other work was opened meanwhile.
    void save(const QString& file, const Done& done);
    /// The work is the session of this file and changes count from now on; `isModified`: it differs from it already.
    void adopt(const QString& file, bool isModified);

Q_SIGNALS:
    /// Something that a session holds has changed.
    void changed();
    /// What the title of the window says may have changed.
    void stateChanged();

private:
    void watch();
    void noteChange();

    Studio& m_studio;
    std::function<QJsonObject()> m_look;
    QString m_file;
    quint64 m_revision = 0;
    quint64 m_savedRevision = 0;
    quint64 m_work = 0;        ///< number of the work that is open
    jobs::FileThread m_thread; ///< last: finishes before the rest goes
};

} // namespace app::session
