#include <app/jobs/enginethread.h>

#include <QMetaObject>

#include <algorithm>
#include <utility>

namespace app::jobs {

namespace {

bool yieldsToOthers(JobKind kind) {
    return kind == JobKind::Inspect || kind == JobKind::Pictures || kind == JobKind::Measure ||
           kind == JobKind::Search || kind == JobKind::Analyze;
}

JobState stateAfter(const Result<Outcome>& result, bool isWanted) {
    if (!result) return JobState::Failed;
    if (result.value() == Outcome::Finished) return JobState::Finished;
    return isWanted ? JobState::Stopped : JobState::Replaced;
}

} // namespace

EngineThread::EngineThread(QObject* parent)
    : QObject(parent), m_thread([this](const std::stop_token& quit) { run(quit); }) {
}

EngineThread::~EngineThread() {
    m_thread.request_stop();
    {
        const std::lock_guard lock(m_mutex);
        m_queue.clear();
        m_paused.clear();
        if (m_running) m_running->stop.request_stop();
    }
    m_thread.join();
}

bool isOver(JobState state) {
    return state >= JobState::Finished;
}

bool EngineThread::canPause(JobKind kind) {
    return yieldsToOthers(kind);
}

bool EngineThread::replacesOlder(JobKind kind) {
    return kind == JobKind::Open || kind == JobKind::Preview || kind == JobKind::Inspect || kind == JobKind::Speed ||
           kind == JobKind::Search || kind == JobKind::Analyze;
}

bool EngineThread::isBusy(JobKind kind) const {
    return std::any_of(m_unfinished.begin(), m_unfinished.end(),
                       [kind](const auto& entry) { return entry.second == kind; });
}

void EngineThread::submit(JobKind kind, Work work, JobDescription description) {
    const bool wasBusy = isBusy();
    auto job = std::make_shared<Job>();
    job->kind = kind;
    job->number = ++m_lastNumber;
    job->work = std::move(work);
    const quint64 number = job->number;
    std::vector<JobPointer> replaced;
    {
        const std::lock_guard lock(m_mutex);
        if (replacesOlder(kind)) {
            m_oldestWanted[std::size_t(kind)] = number;
            replaced = takeWaiting([kind](const Job& waiting) { return waiting.kind == kind; });
        }
        makeWayFor(kind);
        m_unfinished.emplace(number, kind);
        enqueue(std::move(job));
    }
    Q_EMIT submitted(number, kind, description);
    for (const JobPointer& old : replaced) {
        m_unfinished.erase(old->number);
        Q_EMIT stateChanged(old->number, JobState::Replaced, {});
    }
    m_wake.notify_one();
    if (!wasBusy) Q_EMIT busyChanged(true);
}

void EngineThread::stop(JobKind kind) {
    std::vector<JobPointer> dropped;
    quint64 stopping = 0;
    {
        const std::lock_guard lock(m_mutex);
        dropped = takeWaiting([kind](const Job& job) { return job.kind == kind; });
        if (m_running && m_running->kind == kind) {
            stopRunning();
            stopping = m_running->number;
        }
    }
    if (stopping > 0) Q_EMIT stateChanged(stopping, JobState::Stopping, {});
    end(dropped, JobState::Stopped);
}

void EngineThread::stopAll() {
    for (std::size_t kind = 0; kind < kJobKinds; ++kind)
        if (isBusy(JobKind(kind))) stop(JobKind(kind));
}

void EngineThread::discard(JobKind kind) {
    if (!isBusy(kind)) return;
    m_oldestWanted[std::size_t(kind)] = ++m_lastNumber;
    stop(kind);
}

void EngineThread::announceStop(JobKind kind) {
    quint64 number = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (m_running && m_running->kind == kind) number = m_running->number;
    }
    if (number > 0) Q_EMIT stateChanged(number, JobState::Stopping, {});
}

void EngineThread::describe(JobKind kind, const JobDescription& description) {
    Q_EMIT described(m_oldestWanted[std::size_t(kind)], description);
}

void EngineThread::cancel(quint64 number) {
    std::vector<JobPointer> dropped;
    bool stops = false;
    {
        const std::lock_guard lock(m_mutex);
        dropped = takeWaiting([number](const Job& job) { return job.number == number; });
        stops = m_running && m_running->number == number;
        if (stops) stopRunning();
    }
    if (stops) Q_EMIT stateChanged(number, JobState::Stopping, {});
    end(dropped, JobState::Stopped);
}

void EngineThread::pause(quint64 number) {
    JobState state = JobState::Pausing;
    {
        const std::lock_guard lock(m_mutex);
        const auto queued = std::find_if(m_queue.begin(), m_queue.end(),
                                         [number](const JobPointer& job) { return job->number == number; });
        if (queued != m_queue.end()) {
            state = JobState::Paused;
            m_paused.push_back(*queued);
            m_queue.erase(queued);
        } else if (m_running && m_running->number == number && canPause(m_running->kind) &&
                   (m_running->yields || !m_running->stop.stop_requested())) {
            m_running->pauses = true;
            m_running->stop.request_stop();
        } else {
            return;
        }
    }
    Q_EMIT stateChanged(number, state, {});
}

/// A job that has not noticed yet that it was to pause waits for its next turn like one that let another pass.
void EngineThread::resume(quint64 number) {
    JobState state = JobState::Waiting;
    {
        const std::lock_guard lock(m_mutex);
        const auto paused = std::find_if(m_paused.begin(), m_paused.end(),
                                         [number](const JobPointer& job) { return job->number == number; });
        if (paused != m_paused.end()) {
            const JobPointer job = *paused;
            m_paused.erase(paused);
            enqueue(job);
        } else if (m_running && m_running->number == number && m_running->pauses) {
            m_running->pauses = false;
            m_running->yields = true;
            state = JobState::Running;
        } else {
            return;
        }
    }
    Q_EMIT stateChanged(number, state, {});
    m_wake.notify_one();
}

/// Called with the mutex held.
void EngineThread::stopRunning() {
    m_running->yields = false;
    m_running->pauses = false;
    m_running->stop.request_stop();
}

/// Called with the mutex held.
void EngineThread::makeWayFor(JobKind kind) {
    if (!m_running) return;
    if (m_running->kind == kind) {
        if (replacesOlder(kind)) stopRunning();
    } else if (kind < m_running->kind && yieldsToOthers(m_running->kind) && !m_running->stop.stop_requested()) {
        m_running->yields = true;
        m_running->stop.request_stop();
    }
}

/// Called with the mutex held. A job that let another pass is the oldest of its kind, and goes on before the others.
void EngineThread::enqueue(JobPointer job) {
    const auto comesFirst = [](const JobPointer& a, const JobPointer& b) {
        return std::pair(a->kind, a->number) < std::pair(b->kind, b->number);
    };
    const auto place = std::upper_bound(m_queue.begin(), m_queue.end(), job, comesFirst);
    m_queue.insert(place, std::move(job));
}

/// Called with the mutex held: jobs that wait or are paused, out of their places.
template <class Chosen> std::vector<EngineThread::JobPointer> EngineThread::takeWaiting(Chosen chosen) {
    std::vector<JobPointer> taken;
    const auto take = [&](const JobPointer& job) {
        if (chosen(*job)) taken.push_back(job);
        return chosen(*job);
    };
    std::erase_if(m_queue, take);
    std::erase_if(m_paused, take);
    return taken;
}

/// Jobs that did not run to their end.
void EngineThread::end(const std::vector<JobPointer>& jobs, JobState state) {
    for (const JobPointer& job : jobs) {
        m_unfinished.erase(job->number);
        Q_EMIT stateChanged(job->number, state, {});
        Q_EMIT ended(job->kind, Outcome::Interrupted);
    }
    if (!jobs.empty() && !isBusy()) Q_EMIT busyChanged(false);
}

void EngineThread::run(const std::stop_token& quit) {
    while (const JobPointer job = next(quit)) perform(job);
}

EngineThread::JobPointer EngineThread::next(const std::stop_token& quit) {
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, quit, [this] { return !m_queue.empty(); });
    if (quit.stop_requested()) return nullptr;
    m_running = m_queue.front();
    m_queue.pop_front();
    tellLater(m_running->number, JobState::Running);
    return m_running;
}

void EngineThread::perform(const JobPointer& job) {
    const JobContext context = contextOf(job);
    const Result<Outcome> result = guarded([&job, &context] { return job->work(context); });
    if (result && putBack(job, result.value())) return;
    {
        const std::lock_guard lock(m_mutex);
        m_running.reset();
    }
    QMetaObject::invokeMethod(
        this, [this, job, result] { finish(*job, result); }, Qt::QueuedConnection);
}

void EngineThread::tellLater(quint64 number, JobState state) {
    QMetaObject::invokeMethod(
        this, [this, number, state] { Q_EMIT stateChanged(number, state, {}); }, Qt::QueuedConnection);
}

/// A job that was stopped only to let another pass waits for its next turn, a paused one until it is resumed.
bool EngineThread::putBack(const JobPointer& job, Outcome outcome) {
    const std::lock_guard lock(m_mutex);
    if (!(job->yields || job->pauses) || outcome != Outcome::Interrupted) return false;
    const bool pauses = std::exchange(job->pauses, false);
    job->yields = false;
    job->stop = std::stop_source();
    m_running.reset();
    if (pauses)
        m_paused.push_back(job);
    else
        enqueue(job);
    tellLater(job->number, pauses ? JobState::Paused : JobState::Waiting);
    return true;
}

JobContext EngineThread::contextOf(const JobPointer& job) {
    const JobKind kind = job->kind;
    const quint64 number = job->number;
    return {job->stop.get_token(),
            [this, number, kind](const ldm::Progress& progress) { noteProgress(number, kind, progress); },
            [this, number, kind](std::function<void()> result) {
                const auto unlessStale = [this, number, kind, result = std::move(result)] {
                    if (isCurrent(kind, number)) result();
                };
                QMetaObject::invokeMethod(this, unlessStale, Qt::QueuedConnection);
            }};
}

/// One event is on its way at a time, however fast the work reports.
void EngineThread::noteProgress(quint64 number, JobKind kind, const ldm::Progress& progress) {
    bool onItsWay = false;
    {
        const std::lock_guard lock(m_mutex);
        onItsWay = m_progress.has_value();
        m_progress = NumberedProgress{number, kind, progress};
    }
    if (!onItsWay) QMetaObject::invokeMethod(this, &EngineThread::publishProgress, Qt::QueuedConnection);
}

void EngineThread::publishProgress() {
    std::optional<NumberedProgress> latest;
    {
        const std::lock_guard lock(m_mutex);
        latest.swap(m_progress);
    }
    if (latest) Q_EMIT jobProgressed(latest->number, latest->progress);
    if (latest && isCurrent(latest->kind, latest->number)) Q_EMIT progressed(latest->kind, latest->progress);
}

void EngineThread::finish(const Job& job, const Result<Outcome>& result) {
    m_unfinished.erase(job.number);
    Q_EMIT stateChanged(job.number, stateAfter(result, isCurrent(job.kind, job.number)),
                        result ? QString() : result.failure().sentence);
    if (isCurrent(job.kind, job.number)) {
        if (result)
            Q_EMIT ended(job.kind, result.value());
        else
            Q_EMIT failed(job.kind, result.failure());
    }
    if (!isBusy()) Q_EMIT busyChanged(false);
}

} // namespace app::jobs
