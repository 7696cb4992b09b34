#include <app/windows/stallmonitor.h>

#include <app/windows/threadclock.h>

#include <algorithm>

namespace app::windows {

namespace {

constexpr int kTickMs = 5; ///< often enough to notice, seldom enough not to be the load itself

} // namespace

StallMonitor::StallMonitor(QObject* parent) : QObject(parent) {
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, &StallMonitor::tick);
}

void StallMonitor::start() {
    m_longestMs = 0;
    m_longestComputingMs = 0;
    m_computedMs = qint64(computedByThisThreadMs());
    m_turns = 0;
    m_total.start();
    m_sinceTick.start();
    m_timer.start();
}

void StallMonitor::tick() {
    ++m_turns;
    m_longestMs = std::max(m_longestMs, m_sinceTick.restart() - kTickMs);
    const auto computedMs = qint64(computedByThisThreadMs());
    m_longestComputingMs = std::max(m_longestComputingMs, computedMs - m_computedMs);
    m_computedMs = computedMs;
}

} // namespace app::windows
