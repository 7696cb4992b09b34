#pragma once

#include <app/windows/mainwindow.h>
#include <app/windows/stallmonitor.h>

#include <QObject>

namespace app::windows {

/// Waits until the window has shown everything it does by itself after opening, saves a picture of it and ends the
/// program: with 0, or as the error that came up says. GUI thread.
class Screenshot : public QObject {
    Q_OBJECT
public:
    Screenshot(MainWindow& window, QString file, QObject* parent = nullptr);

private:
    void saveSoon();
    void save();

    MainWindow& m_window;
    QString m_file;
};

/// Measures how long the event loop stalls between opening a model and the end of all work that follows, and when the
/// first row of a map is there; prints both and ends the program. GUI thread.
class StallReport : public QObject {
    Q_OBJECT
public:
    explicit StallReport(MainWindow& window, QObject* parent = nullptr);

private:
    void noteRow();
    void print();

    StallMonitor m_monitor;
    qint64 m_firstRowMs = -1; ///< since the start; -1 before there is one
};

} // namespace app::windows
