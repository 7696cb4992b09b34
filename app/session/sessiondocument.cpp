#include <app/session/sessiondocument.h>

namespace app::session {

SessionDocument::SessionDocument(Studio& studio, std::function<QJsonObject()> look, QObject* parent)
    : QObject(parent), m_studio(studio), m_look(std::move(look)) {
    watch();
}

void SessionDocument::watch() {
    StudioDocument* document = &m_studio.document();
    connect(document, &StudioDocument::modelChanged, this, [this] { adopt({}, false); });
    for (const auto signal : {&StudioDocument::recipeChanged, &StudioDocument::locksChanged,
                              &StudioDocument::analysisChanged, &StudioDocument::stateChanged})
        connect(document, signal, this, &SessionDocument::noteChange);
    connect(document, &StudioDocument::rowChanged, this, &SessionDocument::noteChange);
    connect(&document->recipeShelf(), &RecipeShelf::changed, this, &SessionDocument::noteChange);
    connect(&document->analysisShelf(), &AnalysisShelf::changed, this, &SessionDocument::noteChange);
    connect(&m_studio, &Studio::samplingChanged, this, &SessionDocument::noteChange);
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
    const auto write = [session = present(), file] { saveSession(session, file); };
    m_thread.run(write, [this, file, done, work = m_work, revision = m_revision](const auto& result) {
        if (result && work == m_work) {
            m_file = file;
            m_savedRevision = revision;
            Q_EMIT stateChanged();
        }
        done(result);
    });
}

void SessionDocument::adopt(const QString& file, bool isModified) {
    ++m_work;
    m_file = file;
    noteChange();
    if (!isModified) m_savedRevision = m_revision;
    Q_EMIT stateChanged();
}

void SessionDocument::noteChange() {
    const bool wasModified = isModified();
    ++m_revision;
    Q_EMIT changed();
    if (!wasModified && isModified()) Q_EMIT stateChanged();
}

} // namespace app::session
