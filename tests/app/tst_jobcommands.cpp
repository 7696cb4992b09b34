#include "support/testmain.h"

#include "program.h"

#include <app/jobs/commandline.h>

#include <ldm/files.h>
#include <ldm/samplerkinds.h>

#include <QDir>
#include <QTemporaryDir>

using namespace app;
using namespace support;

namespace {

const ldm::OpenRequest kModel{"emoji-ldm", {}, {}, {}, {}};

analysis::AnalysisSettings shortInputs() {
    analysis::AnalysisSettings inputs;
    inputs.metrics = {analysis::Metric::Weights};
    inputs.formats = quant::parseFormats("w8,w4");
    inputs.prompts = {"red apple", "it's a \"cat\" & $HOME"};
    inputs.negative = "";
    inputs.steps = 2;
    inputs.seed = 18446744073709551615ULL;
    inputs.guidance = 0.1 + 0.2;
    return inputs;
}

/// A recipe that no short name tells.
quant::Recipe mixed() {
    quant::Recipe recipe;
    recipe.name = "it's mine";
    recipe.rules = {{"unet.mid_block*", quant::WeightFormat::Int4, std::nullopt, std::nullopt, "for a 'test'"}};
    return recipe;
}

/// Runs a command line as a user does who has copied it, in a folder of its own and with the built program.
struct Shell {
    QTemporaryDir folder;

    Run run(const QString& line) {
        QProcess process;
        process.setWorkingDirectory(folder.path());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        const QString programs = QFileInfo(QStringLiteral(NOISEFLOOR_PROGRAM)).absolutePath();
        environment.insert(QStringLiteral("PATH"),
                           programs + QLatin1Char(':') + environment.value(QStringLiteral("PATH")));
        environment.insert(QStringLiteral("XDG_CACHE_HOME"), folder.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), line});
        return finished(process);
    }
    bool has(const char* file) const { return QFileInfo::exists(folder.filePath(QLatin1String(file))); }
    std::filesystem::path path(const char* file) const { return folder.filePath(QLatin1String(file)).toStdString(); }
};

} // namespace

class JobCommandsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wordsAreQuotedForAShell_data() {
        QTest::addColumn<QString>("word");
        for (const char* word :
             {"plain", "two words", "it's", "$HOME `id` \\ \"x\"", "", "-dash", "a\nb", "*?[a]~#;&|<>", "ä"})
            QTest::newRow(word) << QString::fromUtf8(word);
    }
    void wordsAreQuotedForAShell() {
        QFETCH(QString, word);
        Shell shell;
        const Run run = shell.run(QStringLiteral("printf '%s' ") + jobs::shellQuoted(word));
        QCOMPARE(QString::fromUtf8(run.out), word);
    }

    void anAnalysisEndsWithTheSameSettings() {
        Shell shell;
        analysis::AnalysisSettings inputs = shortInputs();
        inputs.scheduler = ldm::samplerKinds().back().name;
        const Run run = shell.run(jobs::commandLine(kModel, jobs::AnalyzeRequest{inputs, {}}));
        QVERIFY2(run.exitCode == kDone, run.err);
        const analysis::Analysis made = analysis::loadAnalysis(shell.path("emoji-ldm.job.analysis.json"));
        QVERIFY(made.settings.prompts == inputs.prompts);
        QVERIFY(made.settings.negative == inputs.negative);
        QVERIFY(made.settings.metrics == inputs.metrics);
        QVERIFY(made.settings.formats == inputs.formats);
        QCOMPARE(made.settings.guidance, inputs.guidance);
        QCOMPARE(made.settings.seed, inputs.seed);
        QCOMPARE(made.settings.steps, inputs.steps);
        QCOMPARE(made.settings.scheduler, inputs.scheduler);
        QVERIFY(made.complete());
    }

    void howPromptsAreReadIsPartOfIt() {
        Shell shell;
        analysis::AnalysisSettings inputs = shortInputs();
        inputs.prompts = {"[cat]", "-dash", "a, b"};
        inputs.negative = "-x";
        inputs.weightedPrompts = true;
        inputs.eta = 0.25; // a choice of the usual sampler
        inputs.calibration = "first";
        inputs.level = analysis::Level::Layer;
        const Run run = shell.run(jobs::commandLine(kModel, jobs::AnalyzeRequest{inputs, {}}));
        QVERIFY2(run.exitCode == kDone, run.err);
        const analysis::AnalysisSettings made =
            analysis::loadAnalysis(shell.path("emoji-ldm.job.analysis.json")).settings;
        QVERIFY(made.prompts == inputs.prompts);
        QVERIFY(made.negative == inputs.negative);
        QVERIFY(made.weightedPrompts);
        QCOMPARE(made.eta, 0.25);
        QCOMPARE(made.calibration, inputs.calibration);
        QVERIFY(made.level == analysis::Level::Layer);
    }

    void aPreviewMakesBothPictures() {
        Shell shell;
        jobs::PreviewRequest request{mixed(), {}};
        request.sampling.prompt = "red apple";
        request.sampling.steps = 1;
        request.sampling.width = request.sampling.height = 64;
        const Run run = shell.run(jobs::commandLine(kModel, request));
        QVERIFY2(run.exitCode == kDone, run.err);
        QVERIFY(shell.has("emoji-ldm.job-full.png") && shell.has("emoji-ldm.job-quantized.png"));
        const quant::Recipe written =
            quant::parseRecipe(ldm::readTextFile(shell.path("emoji-ldm.job.recipe.json")), "r");
        QVERIFY(written.rules == mixed().rules);
        QCOMPARE(written.name, mixed().name);
    }

    void aUniformRecipeIsItsShortName() {
        quant::Recipe recipe;
        recipe.base = quant::parseFormat("w4a8");
        const QString line = jobs::commandLine(
            kModel, jobs::ExportOrder{recipe, {quant::ExportFormat::Recipe, "out file.recipe.json", true}});
        QCOMPARE(line, QStringLiteral("noisefloor export emoji-ldm --recipe=w4a8 --format=recipe --steps=20 "
                                      "--guidance=7.5 --seed=0 '--out=out file.recipe.json' --force"));
        Shell shell;
        const Run run = shell.run(line);
        QVERIFY2(run.exitCode == kDone, run.err);
        QVERIFY(shell.has("out file.recipe.json"));
    }

    void anExportTellsTheOptionsOfItsFormat() {
        for (const quant::ExportFormatInfo& format : quant::exportFormats()) {
            jobs::ExportOrder order{mixed(), {format.format, "out", false, {}, {}}, shortInputs()};
            order.target.sampling.scheduler = "ddim";
            order.target.options = {quant::FloatFormat::Bf16, true, true, "a b", false, 64, 128, 1, {}};
            const QString line = jobs::commandLine(kModel, order);
            for (const quant::ExportOption option : quant::kExportOptions) {
                const QString word = QStringLiteral("--") + QLatin1String(nameOf(option).data()) + ' ';
                const QString withValue = QStringLiteral("--") + QLatin1String(nameOf(option).data()) + '=';
                const QString exported = line.section(QStringLiteral("noisefloor export"), 1);
                QCOMPARE(exported.contains(word) || exported.contains(withValue), format.uses(option));
            }
            QVERIFY(line.contains("--scheduler=ddim"));
        }
    }

    void anExportOfTheWindowIsWrittenAgainByItsCommand() {
        Shell shell;
        jobs::ExportOrder order{mixed(), {quant::ExportFormat::Checkpoint, "out.safetensors", false, {}, {}}};
        order.target.options.floats = quant::FloatFormat::Bf16;
        const Run run = shell.run(jobs::commandLine(kModel, order));
        QVERIFY2(run.exitCode == kDone, run.err);
        QVERIFY(shell.has("out.safetensors"));

        quant::VerifyRequest request{"out.safetensors", mixed(), {}, 3};
        request.sampling.steps = 4;
        const QString line = jobs::commandLine(kModel, jobs::VerifyOrder{request});
        QVERIFY2(line.contains("--against=emoji-ldm") && line.contains("--runs=3") && line.contains("--steps=4"),
                 qPrintable(line));
        const Run verified = shell.run(line);
        QVERIFY2(verified.exitCode == kDone, verified.err);
        QVERIFY2(verified.out.contains("sound: nothing is missing") && verified.out.contains("BF16"), verified.out);
    }

    void aSearchBringsItsAnalysisAlong() {
        Shell shell;
        jobs::SearchOrder order;
        order.analysis.settings = shortInputs();
        for (const char* format : {"w8a8", "w4a8"})
            order.analysis.maps.push_back({analysis::Metric::Local, quant::parseFormat(format), {}});
        order.space.formats = quant::parseFormats("w8a8,w4a8");
        order.space.locked = {{"unet.conv_out", quant::parseFormat("w8a8")}};
        order.target = {analysis::Goal::MaxMeanBits, 6, {}};
        const Run run = shell.run(jobs::commandLine(kModel, order));
        QVERIFY2(run.exitCode == kDone, run.err);
        const quant::Recipe found = quant::parseRecipe(ldm::readTextFile(shell.path("emoji-ldm.job.recipe.json")), "r");
        QVERIFY(!found.rules.empty());
    }

    void speedIsMeasuredAndASearchThatNeedsItBringsItAlong() {
        Shell shell;
        analysis::LatencySettings settings;
        settings.formats = quant::parseFormats("w8a8,w4a8");
        settings.rounds = 1;
        const Run run = shell.run(jobs::commandLine(kModel, jobs::SpeedOrder{settings}));
        QVERIFY2(run.exitCode == kDone, run.err);
        jobs::SearchOrder order;
        order.space.latency = analysis::loadLatency(shell.path("emoji-ldm.job.latency.json"));
        order.target = {analysis::Goal::MaxSeconds, 0.5, {}};
        const QString line = jobs::commandLine(kModel, order);
        QVERIFY2(line.contains("noisefloor bench emoji-ldm --formats=w8a8,w4a8 --rounds=1") &&
                     line.contains("--max-ms=500 ") && line.contains("--latency=emoji-ldm.job.latency.json"),
                 qPrintable(line));
    }

    void aRecipeIsMeasuredByComparingPictures() {
        Shell shell;
        const Run run = shell.run(jobs::commandLine(kModel, jobs::MeasureOrder{mixed(), shortInputs()}));
        QVERIFY2(run.exitCode == kDone, run.err);
        QVERIFY(shell.has("emoji-ldm.job.comparison/metrics.json"));
    }

    void blocksAndModelsAreInspected() {
        Shell shell;
        const Run block = shell.run(jobs::commandLine(kModel, jobs::InspectOrder{"unet.conv_in", shortInputs()}));
        QVERIFY2(block.exitCode == kDone, block.err);
        QVERIFY(block.out.contains("inputs at"));
        const Run model = shell.run(jobs::commandLine(kModel));
        QVERIFY2(model.exitCode == kDone, model.err);
        QVERIFY(model.out.contains("unet.mid_block"));
    }

    void howTheModelWasOpenedIsPartOfEveryCommand() {
        ldm::OpenRequest model{"my models/a b",
                               {{"style.safetensors", 0.5}},
                               "lender",
                               "epsilon",
                               {ldm::DeviceKind::Cuda, 1, ldm::Precision::Bf16}};
        QCOMPARE(jobs::commandLine(model),
                 QStringLiteral("noisefloor inspect 'my models/a b' --lora=style.safetensors:0.5 --base=lender "
                                "--prediction=epsilon --device=cuda:1 --precision=bf16"));
    }
};

NOISEFLOOR_TEST(JobCommandsTest)
#include "tst_jobcommands.moc"
