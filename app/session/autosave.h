#pragma once

#include <app/session/recoveryslot.h>
#include <app/session/sessiondocument.h>

#include <QTimer>

#include <optional>

namespace app::session {

/// Keeps a copy of work that is not saved, a few seconds after every change, for the case that the program does not end
/// by itself. A regular end removes it, and so does saving. GUI thread; the copy is written on a thread of its own.
class Autosave : public QObject {
    Q_OBJECT
public:
    /// Together with writing itself well below the ten seconds of work that may be lost.
    static constexpr int kDelayMs = 4000;

    Autosave(SessionDocument& document, const QString& folder, QObject* parent = nullptr);
    ~Autosave() override;
    /// Below the user's folder for data of programs.
    static QString standardFolder();

    const QString& folder() const { return m_folder; }
    /// Goes on in the place of a copy that was recovered.
    void adopt(RecoverySlot slot);

Q_SIGNALS:
    /// No copy can be written, in a sentence; tried again all the time, told once.
    void failed(const app::jobs::Failure& failure);
    /// Copies are written again.
    void worksAgain();

private:
    void noteChange();
    void keep();
    void write();
    void noteWritten(const jobs::Result<jobs::Done>& result);
    void dropCopy();

    SessionDocument& m_document;
    QString m_folder;
    QTimer m_timer;
    QString m_failure; ///< what is wrong at present
    bool m_isWriting = false;
    bool m_changedMeanwhile = false;
    quint64 m_keptRevision = 0;         ///< of the copy; 0 where there is none
    std::optional<RecoverySlot> m_slot; ///< once there is something to keep
    jobs::FileThread m_thread;          ///< last: finishes before the slot goes
};

} // namespace app::session
