#include <app/windows/startreport.h>

#include <QCoreApplication>
#include <QEvent>
#include <QFile>
#include <QTimer>

#include <cstdio>
#include <ctime>
#include <unistd.h>

namespace app::windows {

namespace {

double secondsOf(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

/// Since the machine's start, in steps of 10 ms. The launcher counts, for the program takes its place.
double processStartSeconds() {
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly)) return 0;
    const QByteArray text = file.readAll();
    constexpr int kStartTime = 19; // of the fields behind the name, which may hold spaces
    return text.mid(text.lastIndexOf(')') + 2).split(' ').value(kStartTime).toDouble() / double(sysconf(_SC_CLK_TCK));
}

} // namespace

StartReport::StartReport(QWidget& window, QObject* parent) : QObject(parent), m_window(window) {
    m_window.installEventFilter(this);
}

bool StartReport::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Paint && !std::exchange(m_isPainted, true)) {
        m_window.update(); // everything that was waiting comes first, and once more a picture
        QTimer::singleShot(0, this, &StartReport::print);
    }
    return QObject::eventFilter(watched, event);
}

void StartReport::print() {
    std::printf("usable window: %.2f s after the start, %.2f s of them computing\n",
                secondsOf(CLOCK_BOOTTIME) - processStartSeconds(), secondsOf(CLOCK_PROCESS_CPUTIME_ID));
    QCoreApplication::exit(0);
}

} // namespace app::windows
