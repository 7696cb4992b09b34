#include <app/cli/cli.h>
#include <app/cli/modeloptions.h>
#include <app/windows/mainwindow.h>
#include <app/windows/screenshot.h>

#include <ldm/threads.h>

#include <QApplication>
#include <QCommandLineParser>

#include <csignal>
#include <cstdio>
#include <optional>

namespace {

constexpr int kWrongUsage = 2;

/// What the command line says about the window.
struct Options {
    QString path; ///< model, recipe or analysis; empty for the start page
    std::vector<ldm::LoraChoice> loras;
    ldm::Compute compute;
    QString screenshot;
    bool measuresStalls = false;
    int threads = 0; ///< 0: the cores that are free
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
    parser.addOptions({{QStringLiteral("screenshot"), {}, QStringLiteral("FILE")},
                       {QStringLiteral("threads"), {}, QStringLiteral("N"), QStringLiteral("0")},
                       {QStringLiteral("device"), {}, QStringLiteral("DEVICE"), QStringLiteral("cpu")},
                       {QStringLiteral("precision"), {}, QStringLiteral("PRECISION"), QStringLiteral("fp32")},
                       {QStringLiteral("lora"), {}, QStringLiteral("FILE:WEIGHT")},
                       stalls});
    if (!parser.parse(arguments)) return wrongUsage(parser.errorText() + QLatin1Char('.'));
    QStringList paths = parser.positionalArguments();
    if (!paths.isEmpty() && paths.constFirst() == QLatin1String("open")) paths.removeFirst();
    if (paths.size() > 1) return wrongUsage(QStringLiteral("One model, recipe or analysis can be opened at a time."));
    bool isNumber = false;
    const int threads = parser.value(QStringLiteral("threads")).toInt(&isNumber);
    if (!isNumber || threads < 0) return wrongUsage(QStringLiteral("--threads takes a number, 0 for all free cores."));
    Options options{paths.value(0), {}, {}, parser.value(QStringLiteral("screenshot")), parser.isSet(stalls), threads};
    const std::string problem = readModelOptions(parser, options);
    if (!problem.empty()) return wrongUsage(QString::fromStdString(problem) + QLatin1Char('.'));
    return options;
}

bool hasDisplay() {
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

int runWindow(const Options& options) {
    app::session::Settings settings;
    app::windows::MainWindow window(settings);
    window.show();
    window.studio().setCompute(options.compute);
    if (!options.loras.empty())
        window.studio().openModel({options.path.toStdString(), options.loras, {}, {}, options.compute});
    else if (!options.path.isEmpty())
        window.open(options.path);
    std::optional<app::windows::Screenshot> screenshot;
    if (!options.screenshot.isEmpty()) screenshot.emplace(window, options.screenshot);
    std::optional<app::windows::StallReport> stalls;
    if (options.measuresStalls) stalls.emplace(window);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN); // a file-size limit is reported as a failed write, not by dying
    if (app::cli::isCommand(argc, argv)) return app::cli::runCommand(argc, argv);
    QStringList arguments;
    for (int i = 0; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    QStringList ours = arguments;
    if (const qsizetype platform = ours.indexOf(QStringLiteral("-platform")); platform > 0) ours.remove(platform, 2);
    const std::optional<Options> options = parse(ours);
    if (!options) return kWrongUsage;
    if (!hasDisplay() && ours.size() == arguments.size()) {
        if (options->screenshot.isEmpty() && !options->measuresStalls) {
            std::fprintf(stderr, "noisefloor: There is no display for the window; use one of the commands that "
                                 "noisefloor --help lists, or --screenshot FILE.\n");
            return 1;
        }
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    ldm::configureRuntime(options->threads);
    const QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("noisefloor"));
    QApplication::setOrganizationName(QStringLiteral("noisefloor"));
    QApplication::setApplicationDisplayName(QString()); // the window names the program itself
    QApplication::setStyle(QStringLiteral("Fusion"));
    return runWindow(*options);
}
