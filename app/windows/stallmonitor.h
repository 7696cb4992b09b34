#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace app::windows {

/// Measures how long the event loop of its thread is kept from running. GUI thread.
class StallMonitor : public QObject {
    Q_OBJECT
public:
    explicit StallMonitor(QObject* parent = nullptr);

    void start();
    /// Longest time in milliseconds by which a turn of the loop was late since start().
    qint64 longestMs() const { return m_longestMs; }
    /// Longest time in milliseconds that this thread itself computed within one turn: what is left when other
    /// processes take nothing.
    qint64 longestComputingMs() const { return m_longestComputingMs; }
    qint64 watchedMs() const { return m_total.elapsed(); }
    qint64 turns() const { return m_turns; }

private:
    void tick();

    QTimer m_timer;
    QElapsedTimer m_sinceTick;
    QElapsedTimer m_total;
    qint64 m_longestMs = 0;
    qint64 m_longestComputingMs = 0;
    qint64 m_computedMs = 0; ///< of this thread until the last turn
    qint64 m_turns = 0;
};

} // namespace app::windows
