#include <app/windows/framereport.h>

#include <app/windows/threadclock.h>
#include <app/windows/unattended.h>

#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace app::windows {

namespace {

constexpr int kStepsOfEach = 120; ///< two seconds of hovering, of zooming and of panning
constexpr int kNotches = 8;       ///< in, then out again

QPointF placeIn(const QWidget& plot, int step) {
    const QSizeF size = plot.size();
    return {size.width() * (0.3 + 0.005 * (step % 80)), size.height() * (0.3 + 0.005 * (step * 7 % 80))};
}

void sendMouse(QWidget& plot, QEvent::Type type, QPointF place, Qt::MouseButtons buttons) {
    const Qt::MouseButton button = type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton;
    QMouseEvent event(type, place, plot.mapToGlobal(place), button, buttons, Qt::NoModifier);
    QCoreApplication::sendEvent(&plot, &event);
}

void sendWheel(QWidget& plot, int delta) {
    const QPointF place = QRectF(plot.rect()).center();
    QWheelEvent event(place, plot.mapToGlobal(place), {}, {0, delta}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                      false);
    QCoreApplication::sendEvent(&plot, &event);
}

} // namespace

int FrameTimes::overBudget() const {
    return int(std::count_if(ms.begin(), ms.end(), [](double each) { return each > kBudgetMs; }));
}

double FrameTimes::longest() const {
    return ms.empty() ? 0 : *std::max_element(ms.begin(), ms.end());
}

FrameReport::FrameReport(MainWindow& window, QObject* parent) : QObject(parent), m_window(window) {
    endOnFailure(window, this);
    whenIdle(window, this, [this] { begin(); });
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(int(FrameTimes::kBudgetMs));
    connect(&m_timer, &QTimer::timeout, this, &FrameReport::next);
}

void FrameReport::begin() {
    if (m_plot) return;
    m_plot = m_window.heatmapPane()->heatmap()->focusProxy();
    m_window.installEventFilter(this);
    m_timer.start();
}

template <class Work> void FrameReport::measure(Work work) {
    QElapsedTimer clock;
    clock.start();
    const double before = computedByThisThreadMs();
    work();
    m_computedMs += computedByThisThreadMs() - before;
    m_elapsedMs += double(clock.nsecsElapsed()) / 1e6;
}

void FrameReport::next() {
    if (m_step == 3 * kStepsOfEach) return print();
    measure([this] { act(m_step); });
    ++m_step;
}

void FrameReport::act(int step) {
    if (step < kStepsOfEach) return sendMouse(*m_plot, QEvent::MouseMove, placeIn(*m_plot, step), Qt::NoButton);
    if (step < 2 * kStepsOfEach) return sendWheel(*m_plot, step / kNotches % 2 == 0 ? 120 : -120);
    if (step == 2 * kStepsOfEach) {
        for (int notch = 0; notch < kNotches; ++notch) sendWheel(*m_plot, 120);
        return sendMouse(*m_plot, QEvent::MouseButtonPress, placeIn(*m_plot, step), Qt::LeftButton);
    }
    sendMouse(*m_plot, QEvent::MouseMove, placeIn(*m_plot, step), Qt::LeftButton);
}

/// All that a window paints at once comes with one such event.
bool FrameReport::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::UpdateRequest || m_isPainting) return QObject::eventFilter(watched, event);
    m_isPainting = true;
    measure([watched, event] { QCoreApplication::sendEvent(watched, event); });
    m_isPainting = false;
    m_elapsed.ms.push_back(std::exchange(m_elapsedMs, 0));
    m_computed.ms.push_back(std::exchange(m_computedMs, 0));
    return true;
}

void FrameReport::print() {
    m_timer.stop();
    std::printf("%zu frames, %d of them over %.1f ms, the longest %.1f ms\n", m_elapsed.ms.size(),
                m_elapsed.overBudget(), FrameTimes::kBudgetMs, m_elapsed.longest());
    std::printf("computing alone: %d over %.1f ms, the longest %.1f ms\n", m_computed.overBudget(),
                FrameTimes::kBudgetMs, m_computed.longest());
    QCoreApplication::exit(0);
}

} // namespace app::windows
