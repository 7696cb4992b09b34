#pragma once

#include <app/jobs/engine.h>
#include <app/models/timeleft.h>

#include <QAbstractTableModel>
#include <QDateTime>

#include <functional>
#include <optional>

namespace app::models {

/// "Measuring", as the user is told.
QString nameOf(jobs::JobKind kind);
QString nameOf(jobs::JobState state);
/// "about 2 min".
QString timeText(double seconds);

/// A job of the queue or of the history.
struct JobRecord {
    quint64 number = 0;
    jobs::JobKind kind = jobs::JobKind::Open;
    jobs::JobDescription description;
    jobs::JobState state = jobs::JobState::Waiting;
    ldm::Progress progress;
    QDateTime begun;     ///< when it first ran; not valid before
    qint64 workedMs = 0; ///< in all turns that are over
    QString sentence;    ///< why it failed
};

/// All jobs of the engine, the newest first. Old ones that are over go when there are many. GUI thread.
class JobsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Kind, What, State, Progress, Left, Begun, ColumnCount };
    enum Role { FractionRole = Qt::UserRole }; ///< of Progress: 0..1, or nothing where the length is not known
    /// Milliseconds since some moment.
    using Clock = std::function<qint64()>;

    explicit JobsModel(const jobs::Engine& engine, QObject* parent = nullptr, Clock clock = {});

    const JobRecord& record(int row) const { return m_jobs[row].record; }
    /// Nothing while it cannot be told.
    std::optional<double> secondsLeft(int row) const;
    /// Those that are not over, the oldest first.
    QList<JobRecord> unfinished() const;
    /// Forgets all that are over.
    void clearHistory();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    /// A job came to its end by itself.
    void finished(const app::models::JobRecord& record);
    /// What unfinished() returns has changed.
    void queueChanged();

private:
    struct Job {
        JobRecord record;
        TimeLeft timeLeft;
        qint64 turnBegan = 0;
    };

    void add(quint64 number, jobs::JobKind kind, const jobs::JobDescription& description);
    void change(quint64 number, jobs::JobState state, const QString& sentence);
    void noteProgress(quint64 number, const ldm::Progress& progress);
    void enter(Job& job, jobs::JobState state);
    int rowOf(quint64 number) const;
    void remove(int row);
    void dropOldest();
    void tellChanged(int row);
    QString text(int row, Column column) const;

    Clock m_clock;
    QList<Job> m_jobs;
};

} // namespace app::models
