#pragma once

#include <app/windows/mainwindow.h>

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <vector>

namespace app::windows {

/// What frames of a window took, in milliseconds.
struct FrameTimes {
    std::vector<double> ms;

    static constexpr double kBudgetMs = 1000.0 / 60;
    int overBudget() const;
    double longest() const;
};

/// Once all work after opening is done, hovers over the map, zooms and pans it sixty times a second, prints what the
/// frames of the window took, from the event to its picture, and ends the program. GUI thread.
class FrameReport : public QObject {
    Q_OBJECT
public:
    explicit FrameReport(MainWindow& window, QObject* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void begin();
    void next();
    void act(int step);
    void print();
    template <class Work> void measure(Work work);

    MainWindow& m_window;
    QWidget* m_plot = nullptr;
    QTimer m_timer;
    int m_step = 0;
    bool m_isPainting = false;
    double m_elapsedMs = 0;  ///< of the present frame, by the clock
    double m_computedMs = 0; ///< likewise, of this thread alone: what is left when other programs take nothing
    FrameTimes m_elapsed;
    FrameTimes m_computed;
};

} // namespace app::windows
