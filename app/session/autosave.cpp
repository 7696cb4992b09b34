#include <app/session/autosave.h>

#include <QFile>
#include <QStandardPaths>

#include <utility>

namespace app::session {

Autosave::Autosave(SessionDocument& document, const QString& folder, QObject* parent)
    : QObject(parent), m_document(document), m_folder(folder) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(kDelayMs);
    connect(&m_timer, &QTimer::timeout, this, &Autosave::keep);
    connect(&m_document, &SessionDocument::changed, this, &Autosave::noteChange);
    connect(&m_document, &SessionDocument::stateChanged, this, &Autosave::noteChange);
}

Autosave::~Autosave() {
    m_thread.finish();
    if (m_slot) m_slot->removeCopy();
}

QString Autosave::standardFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/recovery");
}

void Autosave::adopt(RecoverySlot slot) {
    m_thread.finish();
    if (m_slot) m_slot->removeCopy();
    m_slot = std::move(slot);
    m_keptRevision = m_document.revision();
}

void Autosave::noteChange() {
    if (m_isWriting)
        m_changedMeanwhile = true;
    else if (!m_timer.isActive())
        m_timer.start();
}

void Autosave::keep() {
    const bool isSaved = !m_document.file().isEmpty() && !m_document.isModified();
    if (isSaved || !m_document.studio().document().hasModel())
        dropCopy();
    else if (m_document.revision() != m_keptRevision)
        write();
}

void Autosave::dropCopy() {
    if (!m_slot || m_keptRevision == 0) return;
    m_keptRevision = 0;
    m_thread.run([file = m_slot->file()] { QFile::remove(file); }, [](const jobs::Result<jobs::Done>&) {});
}

void Autosave::write() {
    if (!m_slot) {
        auto fresh = jobs::guarded([this] { return std::make_shared<RecoverySlot>(RecoverySlot::fresh(m_folder)); });
        if (!fresh) {
            noteWritten(fresh.failure());
            return;
        }
        m_slot = std::move(*fresh.value());
    }
    Session session = m_document.present();
    session.savedAs = m_document.file();
    m_isWriting = true;
    const auto save = [session = std::move(session), file = m_slot->file()] { saveRecoveryCopy(session, file); };
    m_thread.run(save, [this, revision = m_document.revision()](const jobs::Result<jobs::Done>& result) {
        m_isWriting = false;
        if (result) m_keptRevision = revision;
        noteWritten(result);
    });
}

void Autosave::noteWritten(const jobs::Result<jobs::Done>& result) {
    const QString failure = result ? QString() : result.failure().sentence;
    const bool isNews = failure != m_failure;
    m_failure = failure;
    if (std::exchange(m_changedMeanwhile, false) || !result) m_timer.start();
    if (!isNews) return;
    if (result)
        Q_EMIT worksAgain();
    else
        Q_EMIT failed(result.failure());
}

} // namespace app::session
