#include <app/windows/stallmonitor.h>

#include <algorithm>
#include <ctime>

namespace app::windows {

namespace {

constexpr int kTickMs = 5; ///< often enough to notice, seldom enough not to be the load itself

qint64 computedByThisThreadMs() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return qint64(spent.tv_sec) * 1000 + spent.tv_nsec / 1'000'000;
}

} // namespace

StallMonitor::StallMonitor(QObject* parent) : QObject(parent) {
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, &StallMonitor::tick);
}

void StallMonitor::start() {
    m_longestMs = 0;
    m_longestComputingMs = 0;
    m_computedMs = computedByThisThreadMs();
    m_turns = 0;
    m_total.start();
    m_sinceTick.start();
    m_timer.start();
}

void StallMonitor::tick() {
    ++m_turns;
    m_longestMs = std::max(m_longestMs, m_sinceTick.restart() - kTickMs);
    const qint64 computedMs = computedByThisThreadMs();
    m_longestComputingMs = std::max(m_longestComputingMs, computedMs - m_computedMs);
    m_computedMs = computedMs;
}

} // namespace app::windows
