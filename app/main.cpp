#include <app/cli/cli.h>
#include <app/cli/modeloptions.h>
#include <app/windows/framereport.h>
#include <app/windows/language.h>
#include <app/windows/mainwindow.h>
#include <app/windows/screenshot.h>
#include <app/windows/startreport.h>
#include <app/windows/theme.h>

#include <ldm/threads.h>
#include <ldm/wholefiles.h>

#include <QApplication>
#include <QCommandLineParser>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace {

constexpr int kWrongUsage = 2;

/// What the command line says about the window.
struct Options {
    QString path; ///< model, session, recipe or analysis; empty for the start page
    std::vector<ldm::LoraChoice> loras;
    ldm::Compute compute;
    QString screenshot;
    bool measuresStalls = false;
    bool measuresStart = false;
    bool measuresFrames = false;
    int threads = 0; ///< 0: the cores that are free

    /// Not to make a picture or to measure, after which the program ends by itself.
    bool isForWork() const { return screenshot.isEmpty() && !measuresStalls && !measuresStart && !measuresFrames; }
};

std::optional<Options> wrongUsage(const QString& sentence) {
    std::fprintf(stderr, "noisefloor: %s Run noisefloor --help for all options.\n", qPrintable(sentence));
    return std::nullopt;
}

/// Device, precision and LoRAs; returns the sentence for the user if something is wrong.
std::string readModelOptions(const QCommandLineParser& parser, Options& options) {
    const auto text = [&parser](const char* name) { return parser.value(QLatin1String(name)).toStdString(); };
    std::string problem = app::cli::readDevice(text("device"), options.compute);
    if (problem.empty()) problem = app::cli::readPrecision(text("precision"), options.compute);
    for (const QString& lora : parser.values(QStringLiteral("lora")))
        if (problem.empty()) problem = app::cli::readLora(lora.toStdString(), options.loras);
    return problem;
}

std::optional<Options> parse(const QStringList& arguments) {
    QCommandLineParser parser;
    QCommandLineOption stalls(QStringLiteral("measure-stalls"));
    stalls.setFlags(QCommandLineOption::HiddenFromHelp);
    QCommandLineOption start(QStringLiteral("measure-start"));
    start.setFlags(QCommandLineOption::HiddenFromHelp);
    QCommandLineOption frames(QStringLiteral("measure-frames"));
    frames.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addOptions({{QStringLiteral("screenshot"), {}, QStringLiteral("FILE")},
                       {QStringLiteral("threads"), {}, QStringLiteral("N"), QStringLiteral("0")},
                       {QStringLiteral("device"), {}, QStringLiteral("DEVICE"), QStringLiteral("cpu")},
                       {QStringLiteral("precision"), {}, QStringLiteral("PRECISION"), QStringLiteral("fp32")},
                       {QStringLiteral("lora"), {}, QStringLiteral("FILE:WEIGHT")},
                       stalls,
                       start,
                       frames});
    if (!parser.parse(arguments)) return wrongUsage(parser.errorText() + QLatin1Char('.'));
    QStringList paths = parser.positionalArguments();
    if (!paths.isEmpty() && paths.constFirst() == QLatin1String("open")) paths.removeFirst();
    if (paths.size() > 1)
        return wrongUsage(QStringLiteral("One model, session, recipe or analysis can be opened at a time."));
    bool isNumber = false;
    const int threads = parser.value(QStringLiteral("threads")).toInt(&isNumber);
    if (!isNumber || threads < 0) return wrongUsage(QStringLiteral("--threads takes a number, 0 for all free cores."));
    Options options{.path = paths.value(0),
                    .loras = {},
                    .compute = {},
                    .screenshot = parser.value(QStringLiteral("screenshot")),
                    .measuresStalls = parser.isSet(stalls),
                    .measuresStart = parser.isSet(start),
                    .measuresFrames = parser.isSet(frames),
                    .threads = threads};
    const std::string problem = readModelOptions(parser, options);
    if (!problem.empty()) return wrongUsage(QString::fromStdString(problem) + QLatin1Char('.'));
    return options;
}

bool hasDisplay() {
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

/// Whoever opens a model for the first time is shown around.
void offerTour(app::windows::MainWindow& window, const app::session::Settings& settings) {
    if (settings.value(app::session::kTourSeen)) return;
    QObject::connect(
        &window.studio(), &app::session::Studio::modelOpened, &window,
        [&window] { window.command(QStringLiteral("help.tour"))->trigger(); },
        Qt::ConnectionType(Qt::QueuedConnection | Qt::SingleShotConnection));
}

/// Qt leaves the program when the display goes; what it says then is for programmers.
void passOn(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    if (message.contains(QLatin1String("connection broke"))) {
        std::fprintf(stderr, "noisefloor: The display was closed; the work up to a few seconds ago was kept and is "
                             "offered at the next start.\n");
        std::_Exit(1); // the work of other threads is not waited for
    }
    std::fprintf(stderr, "%s\n", qPrintable(qFormatLogMessage(type, context, message)));
}

int runWindow(const Options& options) {
    app::windows::Language language;
    language.use(QString()); // what settings have to tell
    app::session::Settings settings;
    language.use(settings.value(app::session::kLanguage));
    ldm::configureRuntime(options.threads > 0 ? options.threads : settings.value(app::session::kThreads));
    app::windows::applyTheme(settings.value(app::session::kTheme));
    app::windows::MainWindow window(settings);
    std::optional<app::windows::StartReport> start;
    if (options.measuresStart) start.emplace(window);
    window.show();
    std::optional<app::session::Autosave> autosave;
    std::optional<app::session::JobJournal> journal;
    if (options.isForWork()) {
        autosave.emplace(window.files().sessions().document(), app::session::Autosave::standardFolder());
        window.files().offerRecovery(*autosave);
        journal.emplace(window.searchPane()->finder(), app::session::JobJournal::standardFolder());
        window.offerJobs(*journal);
    }
    window.studio().setCompute(options.compute);
    if (!options.loras.empty())
        window.studio().openModel({options.path.toStdString(), options.loras, {}, {}, options.compute});
    else if (!options.path.isEmpty())
        window.open(options.path);
    std::optional<app::windows::Screenshot> screenshot;
    if (!options.screenshot.isEmpty()) screenshot.emplace(window, options.screenshot);
    if (options.isForWork()) offerTour(window, settings);
    std::optional<app::windows::StallReport> stalls;
    if (options.measuresStalls) stalls.emplace(window);
    std::optional<app::windows::FrameReport> frames;
    if (options.measuresFrames) frames.emplace(window);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN); // a file-size limit is reported as a failed write, not by dying
    ldm::surviveVanishingFiles();
    if (app::cli::isCommand(argc, argv)) return app::cli::runCommand(argc, argv);
    QStringList arguments;
    for (int i = 0; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    QStringList ours = arguments;
    if (const qsizetype platform = ours.indexOf(QStringLiteral("-platform")); platform > 0) ours.remove(platform, 2);
    const std::optional<Options> options = parse(ours);
    if (!options) return kWrongUsage;
    if (!hasDisplay() && ours.size() == arguments.size()) {
        if (options->isForWork()) {
            std::fprintf(stderr, "noisefloor: There is no display for the window; use one of the commands that "
                                 "noisefloor --help lists, or --screenshot FILE.\n");
            return 1;
        }
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    qInstallMessageHandler(passOn);
    const QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("noisefloor"));
    QApplication::setOrganizationName(QStringLiteral("noisefloor"));
    QApplication::setApplicationDisplayName(QString()); // the window names the program itself
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/noisefloor.svg")));
    return runWindow(*options);
}
