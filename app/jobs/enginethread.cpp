#include <app/jobs/enginethread.h>

#include <QMetaObject>

#include <algorithm>

namespace app::jobs {

namespace {

bool yieldsToOthers(JobKind kind) {
    return kind == JobKind::Pictures || kind == JobKind::Search || kind == JobKind::Analyze;
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
        if (m_running) m_running->stop.request_stop();
    }
    m_thread.join();
}

bool EngineThread::isBusy(JobKind kind) const {
    return std::any_of(m_unfinished.begin(), m_unfinished.end(),
                       [kind](const auto& entry) { return entry.second == kind; });
}

void EngineThread::submit(JobKind kind, Work work) {
    const bool wasBusy = isBusy();
    auto job = std::make_shared<Job>(Job{kind, ++m_lastNumber, std::move(work), {}, false});
    m_newest[std::size_t(kind)] = job->number;
    {
        const std::lock_guard lock(m_mutex);
        dropQueued(kind);
        makeWayFor(kind);
        m_unfinished.emplace(job->number, kind);
        enqueue(std::move(job));
    }
    m_wake.notify_one();
    if (!wasBusy) Q_EMIT busyChanged(true);
}

void EngineThread::stop(JobKind kind) {
    std::size_t dropped = 0;
    {
        const std::lock_guard lock(m_mutex);
        dropped = dropQueued(kind);
        if (m_running && m_running->kind == kind) {
            m_running->yields = false;
            m_running->stop.request_stop();
        }
    }
    if (dropped == 0) return;
    Q_EMIT ended(kind, Outcome::Interrupted);
    if (!isBusy()) Q_EMIT busyChanged(false);
}

void EngineThread::stopAll() {
    for (std::size_t kind = 0; kind < kJobKinds; ++kind)
        if (isBusy(JobKind(kind))) stop(JobKind(kind));
}

void EngineThread::discard(JobKind kind) {
    if (!isBusy(kind)) return;
    m_newest[std::size_t(kind)] = ++m_lastNumber;
    stop(kind);
}

/// Called with the mutex held.
void EngineThread::makeWayFor(JobKind kind) {
    if (!m_running) return;
    if (m_running->kind == kind) {
        m_running->yields = false;
        m_running->stop.request_stop();
    } else if (kind < m_running->kind && yieldsToOthers(m_running->kind) && !m_running->stop.stop_requested()) {
        m_running->yields = true;
        m_running->stop.request_stop();
    }
}

/// Called with the mutex held.
void EngineThread::enqueue(JobPointer job) {
    const auto place = std::upper_bound(m_queue.begin(), m_queue.end(), job,
                                        [](const JobPointer& a, const JobPointer& b) { return a->kind < b->kind; });
    m_queue.insert(place, std::move(job));
}

/// Called with the mutex held, on the owner's thread.
std::size_t EngineThread::dropQueued(JobKind kind) {
    return std::erase_if(m_queue, [this, kind](const JobPointer& job) {
        if (job->kind != kind) return false;
        m_unfinished.erase(job->number);
        return true;
    });
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

/// A job that was stopped only to let another pass waits for its next turn.
bool EngineThread::putBack(const JobPointer& job, Outcome outcome) {
    const std::lock_guard lock(m_mutex);
    if (!job->yields || outcome != Outcome::Interrupted) return false;
    job->yields = false;
    job->stop = std::stop_source();
    m_running.reset();
    enqueue(job);
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
    if (latest && isCurrent(latest->kind, latest->number)) Q_EMIT progressed(latest->kind, latest->progress);
}

void EngineThread::finish(const Job& job, const Result<Outcome>& result) {
    m_unfinished.erase(job.number);
    if (isCurrent(job.kind, job.number)) {
        if (result)
            Q_EMIT ended(job.kind, result.value());
        else
            Q_EMIT failed(job.kind, result.failure());
    }
    if (!isBusy()) Q_EMIT busyChanged(false);
}

} // namespace app::jobs
