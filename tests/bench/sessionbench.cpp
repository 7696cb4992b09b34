// How long a session with 20 analyses takes to open in the window: from the request to a window that shows all of it.
// Prints seconds by the clock, and of computing on all threads, which is what remains where nothing else runs.
#include "completemaps.h"

#include <app/session/sessionfile.h>
#include <app/windows/mainwindow.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <cstdio>
#include <ctime>

namespace {

constexpr int kAnalyses = 20;
constexpr int kRounds = 3;
constexpr const char* kModel = "emoji-ldm";

double computedSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

QString writeSession(const QTemporaryDir& folder) {
    const ldm::ModelInfo model = ldm::Model::open({kModel, {}, {}, {}, {}}).info();
    app::session::Session session;
    session.request.model = kModel;
    session.model = quant::modelRef(model);
    session.recipe.model = session.model;
    session.measurements = bench::completeMaps(model);
    session.sampling.prompt = session.measurements.settings.prompts.front();
    session.sampling.steps = session.measurements.settings.steps;
    for (int i = 1; i <= kAnalyses; ++i) {
        session.analyses << folder.filePath(QStringLiteral("maps-%1.analysis.json").arg(i));
        analysis::saveAnalysis(bench::completeMaps(model, std::uint64_t(i)), session.analyses.last().toStdString());
    }
    const QString file = folder.filePath(QStringLiteral("twenty.noisefloor"));
    app::session::saveSession(session, file);
    return file;
}

void measure(const QTemporaryDir& folder, const QString& file) {
    app::session::Settings settings(folder.filePath(QStringLiteral("settings.ini")));
    settings.set(app::session::kAutomaticPreview, false);
    settings.set(app::session::kAskToSave, false);
    app::windows::MainWindow window(settings);
    window.show();
    QCoreApplication::processEvents();
    const double before = computedSeconds();
    QElapsedTimer clock;
    clock.start();
    window.open(file);
    while (window.files().sessions().document().file() != file)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
    QCoreApplication::processEvents(); // what is shown now is painted
    std::printf("%.2f s, %.2f s of computing, %d analyses to compare with\n", double(clock.nsecsElapsed()) / 1e9,
                computedSeconds() - before, window.studio().document().analysisShelf().size());
    window.studio().stop();
    window.hide();
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    const QTemporaryDir folder;
    qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
    const QString file = writeSession(folder);
    for (int round = 0; round < kRounds; ++round) measure(folder, file);
    return 0;
}
