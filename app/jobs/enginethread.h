#pragma once

#include <app/jobs/result.h>

#include <ldm/progress.h>

#include <QObject>
#include <QString>

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace app::jobs {

/// Kinds of work, the most urgent first. What was ordered from the present model comes before another one is opened.
enum class JobKind { Report, Export, Verify, Open, Preview, Inspect, Pictures, Measure, Speed, Search, Analyze };
inline constexpr std::size_t kJobKinds = 11;

/// How a job came to its end: all of it done, or left early because its stop token said so.
enum class Outcome { Finished, Interrupted };

/// Where a job is on its way. Stopping and Pausing: asked for, until the work notices.
enum class JobState { Waiting, Running, Pausing, Paused, Stopping, Finished, Stopped, Replaced, Failed };
/// True for the last four: the job is over.
bool isOver(JobState state);

/// A job for people.
struct JobDescription {
    QString what;                         ///< "local w8a8, w4a8"; may be empty
    std::function<QString()> commandLine; ///< the same job for a shell; may be empty
};

/// What a job may use of the world.
struct JobContext {
    std::stop_token stop;
    ldm::ProgressSink progress;
    /// Runs a function on the thread of the EngineThread object, in order, unless a newer job made this one stale.
    std::function<void(std::function<void()>)> deliver;
};

/// Runs on the engine thread; may throw. Work of a kind that yields to others is called again after an interruption and
/// has to go on from where it was.
using Work = std::function<Outcome(const JobContext&)>;

/// One thread that does jobs in order of urgency, those of one kind in the order they were asked for. Of the kinds that
/// follow what is shown (see replacesOlder()) a newer job makes older ones stale: they are stopped and whatever they
/// still deliver is dropped, by number. An inspection, a grid of pictures, a measurement, a search and an analysis
/// yield to anything more urgent and go on afterwards. All functions and signals belong to the thread that made the
/// object. Destruction stops and waits.
class EngineThread : public QObject {
    Q_OBJECT
public:
    explicit EngineThread(QObject* parent = nullptr);
    ~EngineThread() override;

    void submit(JobKind kind, Work work, JobDescription description = {});
    /// Ends the jobs of a kind as soon as they can; what they delivered until then counts.
    void stop(JobKind kind);
    void stopAll();
    /// As stop(), but nothing that these jobs still deliver counts.
    void discard(JobKind kind);

    /// Work of this kind was asked, by other means, to end when it can: says so of the job that runs.
    void announceStop(JobKind kind);
    /// The newest job of a kind that replaces older ones has become another one.
    void describe(JobKind kind, const JobDescription& description);

    // Single jobs, by number; those that are over are left alone.
    void cancel(quint64 number);
    /// Waiting jobs wait until they are resumed; a running one only if it can go on from where it was.
    void pause(quint64 number);
    void resume(quint64 number);
    /// True for kinds that can go on from where they were.
    static bool canPause(JobKind kind);
    /// True for kinds of which the newest alone is wanted; jobs of the others are all done, one after the other.
    static bool replacesOlder(JobKind kind);

    bool isBusy() const { return !m_unfinished.empty(); }
    bool isBusy(JobKind kind) const;

Q_SIGNALS:
    void busyChanged(bool busy);
    // Every job, stale ones too.
    void submitted(quint64 number, app::jobs::JobKind kind, const app::jobs::JobDescription& description);
    void described(quint64 number, const app::jobs::JobDescription& description);
    /// `sentence` says why it failed.
    void stateChanged(quint64 number, app::jobs::JobState state, const QString& sentence);
    void jobProgressed(quint64 number, const ldm::Progress& progress);

    // Jobs that are not stale.
    /// The latest progress of a job; what came in between is left out.
    void progressed(app::jobs::JobKind kind, const ldm::Progress& progress);
    void ended(app::jobs::JobKind kind, app::jobs::Outcome outcome);
    void failed(app::jobs::JobKind kind, const app::jobs::Failure& failure);

private:
    struct Job {
        JobKind kind;
        quint64 number;
        Work work;
        std::stop_source stop;
        bool yields = false; ///< stopped only to let a more urgent job pass
        bool pauses = false; ///< stopped only until it is resumed
    };
    using JobPointer = std::shared_ptr<Job>;

    void run(const std::stop_token& quit);
    JobPointer next(const std::stop_token& quit);
    void perform(const JobPointer& job);
    bool putBack(const JobPointer& job, Outcome outcome);
    JobContext contextOf(const JobPointer& job);
    void enqueue(JobPointer job);
    void makeWayFor(JobKind kind);
    void stopRunning();
    template <class Chosen> std::vector<JobPointer> takeWaiting(Chosen chosen);
    void end(const std::vector<JobPointer>& jobs, JobState state);
    void tellLater(quint64 number, JobState state);
    void noteProgress(quint64 number, JobKind kind, const ldm::Progress& progress);
    void publishProgress();
    void finish(const Job& job, const Result<Outcome>& result);
    bool isCurrent(JobKind kind, quint64 number) const { return number >= m_oldestWanted[std::size_t(kind)]; }

    struct NumberedProgress {
        quint64 number;
        JobKind kind;
        ldm::Progress progress;
    };

    // Of the owner's thread.
    quint64 m_lastNumber = 0;
    std::array<quint64, kJobKinds> m_oldestWanted{}; ///< of each kind; older ones are stale
    std::map<quint64, JobKind> m_unfinished;

    // Shared, under m_mutex.
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<JobPointer> m_queue;
    std::vector<JobPointer> m_paused;
    JobPointer m_running;
    std::optional<NumberedProgress> m_progress;

    std::jthread m_thread; // last: ends before what it uses
};

} // namespace app::jobs
