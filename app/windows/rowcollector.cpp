#include <app/windows/rowcollector.h>

#include <utility>

namespace app::windows {

namespace {

constexpr int kIntervalMs = 50;

} // namespace

RowCollector::RowCollector(QObject* parent) : QObject(parent) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(kIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, &RowCollector::handOver);
}

void RowCollector::add(int row) {
    m_rows.insert(row);
    if (!m_timer.isActive()) m_timer.start();
}

void RowCollector::clear() {
    m_rows.clear();
    m_timer.stop();
}

void RowCollector::handOver() {
    const std::set<int> rows = std::exchange(m_rows, {});
    Q_EMIT collected({rows.begin(), rows.end()});
}

} // namespace app::windows
