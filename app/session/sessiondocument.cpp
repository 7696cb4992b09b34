#include <app/session/sessiondocument.h>

namespace app::session {

SessionDocument::SessionDocument(Studio& studio, std::function<QJsonObject()> look, QObject* parent)
    : QObject(parent), m_studio(studio), m_look(std::move(look)) {
    watch();
}

void SessionDocument::watch() {
    StudioDocument* document = &m_studio.document();
    connect(document, &StudioDocument::modelChanged, this, [this] { adopt({}, false); });
    for (const auto signal :
         {&StudioDocument::recipeChanged, &StudioDocument::locksChanged, &StudioDocument::analysisChanged,
          &StudioDocument::latencyChanged, &StudioDocument::stateChanged})
        connect(document, signal, this, &SessionDocument::noteChange);
    connect(document, &StudioDocument::rowChanged, this, &SessionDocument::noteChange);
    connect(document, &StudioDocument::draftChanged, this, &SessionDocument::noteChange);
    connect(&m_studio, &Studio::samplingChanged, this, &SessionDocument::noteOwnChange);
    connect(&document->recipeShelf(), &RecipeShelf::changed, this, [this, document] { // an empty one holds no work
        document->recipeShelf().entries().empty() ? noteChange() : noteOwnChange();
    });
    connect(&document->analysisShelf(), &AnalysisShelf::changed, this,
            [this, document] { document->analysisShelf().size() == 0 ? noteChange() : noteOwnChange(); });
}

bool SessionDocument::isModified() const {
    return m_file.isEmpty() ? m_studio.document().isModified() : m_revision != m_savedRevision;
}

Session SessionDocument::present() const {
    Session session = m_studio.session();
    session.look = m_look();
    return session;
}

void SessionDocument::save(const QString& file, const Done& done) {
    const auto write = [session = present(), file] {
        saveSession(session, file);
        return contentHash(file);
    };
    const auto note = [this, file, done, work = m_work, revision = m_revision,
                       own = m_ownRevision](const auto& result) {
        if (result && work == m_work) {
            m_file = file;
            m_fileHash = result.value();
            m_savedRevision = revision;
            m_savedOwnRevision = own;
            Q_EMIT stateChanged();
        }
        done(result ? jobs::Result<jobs::Done>(jobs::Done{}) : jobs::Result<jobs::Done>(result.failure()));
    };
    m_thread.run(write, note);
}

void SessionDocument::adopt(const QString& file, bool isModified, const QByteArray& fileHash) {
    ++m_work;
    m_file = file;
    m_fileHash = fileHash;
    noteChange();
    if (!isModified) m_savedRevision = m_revision;
    m_savedOwnRevision = m_ownRevision;
    if (isModified) ++m_ownRevision;
    Q_EMIT stateChanged();
}

void SessionDocument::noteOwnChange() {
    ++m_ownRevision;
    noteChange();
}

void SessionDocument::noteChange() {
    const bool wasModified = isModified();
    ++m_revision;
    Q_EMIT changed();
    if (!wasModified && isModified()) Q_EMIT stateChanged();
}

} // namespace app::session
