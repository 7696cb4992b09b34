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
    /// The content of that file as it was read or written here last, see contentHash(); empty where that is not known.
    const QByteArray& fileHash() const { return m_fileHash; }
    /// What the window's title names differs from its file: the session or, while it has none, the recipe.
    bool isModified() const;
    /// Something that somebody made would be lost. What was measured is not, it is found in the cache.
    bool holdsUnsavedWork() const { return isModified() || holdsMoreThanRecipe(); }
    /// The same for what no recipe file can keep: prompts and kept recipes, for instance, of work without a file.
    bool holdsMoreThanRecipe() const { return m_file.isEmpty() && m_ownRevision != m_savedOwnRevision; }
    /// Grows with every change of what a session holds.
    quint64 revision() const { return m_revision; }
    Session present() const;

    using Done = std::function<void(const jobs::Result<jobs::Done>&)>;
    /// Saves as `file`, which is then the session's unless other work was opened meanwhile.
    void save(const QString& file, const Done& done);
    /// The work is the session of this file, whose content had this hash, and changes count from now on; `isModified`:
    /// it differs from it already.
    void adopt(const QString& file, bool isModified, const QByteArray& fileHash = {});
    /// Somebody has changed something that a session holds and a recipe does not.
    void noteOwnChange();

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
    QByteArray m_fileHash;
    quint64 m_revision = 0;
    quint64 m_savedRevision = 0;
    quint64 m_ownRevision = 0; ///< grows with what somebody made beside the recipe
    quint64 m_savedOwnRevision = 0;
    quint64 m_work = 0;        ///< number of the work that is open
    jobs::FileThread m_thread; ///< last: finishes before the rest goes
};

} // namespace app::session
