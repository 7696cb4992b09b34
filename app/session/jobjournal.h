#pragma once

#include <app/jobs/filethread.h>
#include <app/session/recipefinder.h>
#include <app/session/recoveryslot.h>

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <map>
#include <optional>

namespace app::session {

/// Analyses and searches that a program was at work on when it did not end by itself.
struct AbandonedJobs {
    Session session; ///< model, inputs and maps they need
    QStringList what;
    bool searches = false;
    analysis::SearchTarget target; ///< of the search, as are the two below
    std::vector<quant::Format> formats;
    bool timeRanges = false;
};

/// Keeps a list of the analyses and searches that are not over, for the case that the program does not end by itself,
/// and goes on with those that another one left. A regular end removes the list. GUI thread; the list is written on a
/// thread of its own.
class JobJournal : public QObject {
    Q_OBJECT
public:
    JobJournal(RecipeFinder& finder, const QString& folder, QObject* parent = nullptr);
    ~JobJournal() override;
    /// Below the user's folder for data of programs.
    static QString standardFolder();

    /// What was left behind, the latest; nothing if all programs ended well. It stays where it is until resume() or
    /// forget().
    const std::optional<AbandonedJobs>& abandoned() const { return m_abandoned; }
    /// Opens their session, unless its model and inputs are the present ones, and goes on.
    void resume();
    void forget();

Q_SIGNALS:
    /// abandoned() has changed.
    void changed();

private:
    struct Kept {
        jobs::JobKind kind;
        QString what;
    };

    void connectEngine();
    void findAbandoned(const QString& folder);
    void write();
    AbandonedJobs present() const;
    bool isPresent(const Session& session) const;
    void goOn(const AbandonedJobs& jobs);
    void searchWhenReady();

    RecipeFinder& m_finder;
    QString m_folder;
    QTimer m_soon; ///< several changes at once are written once
    std::map<quint64, Kept> m_unfinished;
    std::optional<RecoverySlot> m_slot; ///< once there is something to keep
    std::vector<RecoverySlot> m_left;   ///< by other programs
    std::optional<AbandonedJobs> m_abandoned;
    std::optional<AbandonedJobs> m_resuming; ///< waits for its session
    bool m_searchDue = false;                ///< waits for its maps
    jobs::FileThread m_thread;               ///< last: finishes before the slot goes
};

} // namespace app::session
