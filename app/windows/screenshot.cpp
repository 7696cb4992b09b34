#include <app/windows/screenshot.h>

#include <app/windows/unattended.h>

namespace app::windows {

namespace {

constexpr QSize kPictureSize{1600, 980};
constexpr int kRepaintMs = 150; ///< plots repaint in a later turn of the event loop

} // namespace

Screenshot::Screenshot(MainWindow& window, QString file, QObject* parent)
    : QObject(parent), m_window(window), m_file(std::move(file)) {
    m_window.resize(kPictureSize); // whatever the screen, if there is one
    endOnFailure(m_window, this);
    whenIdle(m_window, this, [this] { saveSoon(); });
    if (!m_window.studio().engine().isBusy()) saveSoon();
}

void Screenshot::saveSoon() {
    QTimer::singleShot(kRepaintMs, this, &Screenshot::save);
}

void Screenshot::save() {
    if (m_window.studio().engine().isBusy() || m_window.files().sessions().isReading()) return;
    if (m_window.grab().save(m_file)) {
        std::printf("%s\n", qPrintable(m_file));
        QCoreApplication::exit(0);
        return;
    }
    std::fprintf(stderr, "noisefloor: The screenshot %s could not be written; choose a writable .png file.\n",
                 qPrintable(m_file));
    QCoreApplication::exit(jobs::exitCode(ldm::ErrorKind::WriteFailed));
}

StallReport::StallReport(MainWindow& window, QObject* parent) : QObject(parent) {
    endOnFailure(window, this);
    whenIdle(window, this, [this] { print(); });
    connect(&window.studio().document(), &session::StudioDocument::rowChanged, this, &StallReport::noteRow);
    m_monitor.start();
}

void StallReport::noteRow() {
    if (m_firstRowMs < 0) m_firstRowMs = m_monitor.watchedMs();
}

void StallReport::print() {
    std::printf("first row of a map: %.2f s after opening\n", double(m_firstRowMs) / 1000);
    std::printf("longest event-loop stall: %lld ms (computing at most %lld ms), %lld turns in %.1f s\n",
                m_monitor.longestMs(), m_monitor.longestComputingMs(), m_monitor.turns(),
                double(m_monitor.watchedMs()) / 1000);
    QCoreApplication::exit(0);
}

} // namespace app::windows
