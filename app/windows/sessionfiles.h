#pragma once

#include <app/session/autosave.h>
#include <app/session/missingfiles.h>
#include <app/session/sessiondocument.h>

#include <QMessageBox>
#include <QPointer>
#include <QWidget>

#include <functional>
#include <memory>
#include <optional>

namespace app::windows {

/// Opens and saves sessions: asks for files that are missing, what becomes of measurements of a model that has changed,
/// and where else to save when a place cannot be written. GUI thread.
class SessionFiles : public QObject {
    Q_OBJECT
public:
    /// Dialogs belong to `window`, and so does the object. `look` tells places and state of the panes.
    SessionFiles(session::Studio& studio, std::function<QJsonObject()> look, QWidget* window);

    session::SessionDocument& document() { return m_document; }
    /// A session is being read; its model is opened next.
    bool isReading() const { return m_isReading; }

    /// What is open has been saved or given up already.
    void open(const QString& file);
    void recover(session::RecoverySlot slot, session::Session session);
    void save() { saveThen({}); }
    void saveAs() { chooseFileThen({}); }
    void saveThen(const std::function<void()>& then);

    /// Opens the present model again, whose files have changed, and goes on with the present work.
    void reopenModel();

    /// Keeps copies for recovery from now on.
    void keepCopies(session::Autosave& autosave);

Q_SIGNALS:
    /// Something worth a line in the log.
    void told(const QString& sentence);
    /// Why no copies can be kept for recovery; empty: they are kept again.
    void copiesFail(const QString& sentence);
    /// The panes shall look like this.
    void lookRestored(const QJsonObject& look);

private:
    /// What is being opened, until its model is there.
    struct Opening {
        QString file; ///< of the session; empty for work that never had one
        QStringList notes;
        std::shared_ptr<session::RecoverySlot> copy; ///< null unless work is recovered
        bool isModified = false;                     ///< it held more than its file before
        QByteArray fileHash;                         ///< of the file when it was read
    };
    /// A copy for recovery, and what is in it.
    struct Copy {
        std::shared_ptr<session::RecoverySlot> slot;
        session::Session session;
    };
    void beginOpening(const Opening& opening);
    void locate(const session::Session& session);
    template <class Work, class Then> void runForOpening(Work work, Then then);
    void noteFound(const jobs::Result<session::Located>& found);
    void noteUnreadable(const jobs::Failure& failure);
    void offerCopy(const Copy& copy, const jobs::Failure& failure);
    static std::optional<Copy> copyOf(const QString& file, const QString& folder);
    void begin(const session::Located& found);
    void askFor(const session::Located& found);
    void chooseFor(const session::Located& found);
    void askAboutModel(const session::Session& session, const ldm::ModelInfo& model);
    void keepForComparison(const session::Session& session, const ldm::ModelInfo& model);
    void finish(const session::Session& session);
    void chooseFileThen(const std::function<void()>& then);
    void saveToThen(const QString& file, const std::function<void()>& then);
    void askToReplaceThen(const std::function<void()>& then);
    void askForOtherPlace(const jobs::Failure& failure, const std::function<void()>& then);
    QMessageBox* question(const QString& title, const QString& text);

    session::Studio& m_studio;
    session::Settings& m_settings;
    QWidget* m_window;
    session::SessionDocument m_document;
    QPointer<session::Autosave> m_autosave;
    Opening m_opening;
    quint64 m_openings = 0; ///< how many were begun; what arrives for an older one does not count
    bool m_isReading = false;
};

} // namespace app::windows
