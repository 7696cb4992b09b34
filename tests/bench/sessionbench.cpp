// How long a session with 20 analyses takes to open in the window: from the request to a window that shows all of it.
// Prints seconds by the clock, and of computing on all threads, which is what remains where nothing else runs.
#include <app/session/sessionfile.h>
#include <app/windows/mainwindow.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <cstdio>
#include <ctime>

namespace {

constexpr int kAnalyses = 20;
constexpr int kSteps = 50;
constexpr int kRounds = 3;
constexpr const char* kModel = "emoji-ldm";

double computedSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// Complete maps of three metrics and five formats.
analysis::Analysis completeMaps(const ldm::ModelInfo& model, std::uint64_t seed) {
    analysis::Analysis maps;
    maps.model = quant::modelRef(model);
    maps.settings.steps = kSteps;
    maps.settings.seed = seed;
    maps.settings.prompts = {"a test"};
    maps.settings.formats = quant::parseFormats("w8a8,w4a8,w8a16,w4a16,fp16");
    maps.settings.metrics = {analysis::Metric::Local, analysis::Metric::Output, analysis::Metric::Final};
    for (int step = 0; step < kSteps; ++step) maps.timesteps.push_back(980 - 20 * step);
    for (const ldm::BlockInfo& block : model.blocks) {
        analysis::BlockRow row{block.id, {}, block.parameters};
        for (const int layer : block.layers) row.layers.push_back(model.layers[std::size_t(layer)].name);
        maps.blocks.push_back(std::move(row));
    }
    for (const auto metric : maps.settings.metrics)
        for (const auto format : maps.settings.formats) {
            analysis::Grid grid(int(maps.blocks.size()), kSteps);
            for (std::size_t i = 0; i < grid.db.size(); ++i) grid.db[i] = 10 + double((i * 7919 + seed) % 400) / 10;
            maps.maps.push_back({metric, format, std::move(grid)});
        }
    return maps;
}

QString writeSession(const QTemporaryDir& folder) {
    const ldm::ModelInfo model = ldm::Model::open({kModel, {}, {}, {}, {}}).info();
    app::session::Session session;
    session.request.model = kModel;
    session.model = quant::modelRef(model);
    session.recipe.model = session.model;
    session.sampling.prompt = "a test";
    session.sampling.steps = kSteps;
    session.measurements = completeMaps(model, 0);
    for (int i = 1; i <= kAnalyses; ++i) {
        session.analyses << folder.filePath(QStringLiteral("maps-%1.analysis.json").arg(i));
        analysis::saveAnalysis(completeMaps(model, std::uint64_t(i)), session.analyses.last().toStdString());
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
