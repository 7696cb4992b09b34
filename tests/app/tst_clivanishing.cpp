#include "program.h"

#include "support/testmain.h"

#include <ldm/model.h>

#include <QDir>
#include <QTemporaryDir>

#include <signal.h>

#include <filesystem>

using support::kBadInput;
using support::kDone;
using support::noisefloor;
using support::Run;

namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "/unet/diffusion_pytorch_model.safetensors";

/// Cuts a file in two as soon as the program tells of its progress, while the program stands still.
Run cutMeanwhile(const QString& file, const QStringList& arguments) {
    QProcess process;
    process.start(QStringLiteral(NOISEFLOOR_PROGRAM), arguments);
    process.setReadChannel(QProcess::StandardError);
    process.waitForReadyRead(support::kLongestRunMs);
    ::kill(pid_t(process.processId()), SIGSTOP);
    const bool isCut = QFile::resize(file, QFile(file).size() / 2);
    ::kill(pid_t(process.processId()), SIGCONT);
    const Run run = support::finished(process);
    return isCut ? run : Run{};
}

} // namespace

/// Commands whose model is overwritten while they work.
class CliVanishingTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        fs::copy(ldm::Model::open("emoji-ldm").info().path, path("model").toStdString(), fs::copy_options::recursive);
        QVERIFY(support::write(path("one.txt"), "frog\n"));
    }

    void aModelThatIsCutShortFailsTheCommandAndLeavesNothing_data() {
        QTest::addColumn<QStringList>("command");
        const auto row = [](const char* name, const QString& command) {
            QTest::newRow(name) << command.split(QLatin1Char(' '));
        };
        row("picture", "generate MODEL --prompt frog --steps 60 --out OUT/frog.png");
        row("picture of a recipe", "generate MODEL --prompt frog --steps 60 --recipe w8a8 --out OUT/frog.png");
        row("analysis",
            "analyze MODEL --metrics local --steps 60 --prompts PROMPTS --no-cache --out OUT/a.analysis.json");
        row("comparison", "compare MODEL --recipe w8a8 --steps 60 --prompts PROMPTS --out OUT/sheet");
        row("export", "export MODEL --recipe w8a8 --format onnx --out OUT/onnx");
    }

    void aModelThatIsCutShortFailsTheCommandAndLeavesNothing() {
        QFETCH(QStringList, command);
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("out")));
        const Run run = cutMeanwhile(path("model") + kWeights, placed(command));
        QVERIFY2(run.exitCode == kBadInput, run.err);
        requireTold(run, path("model") + kWeights);
        QCOMPARE(QDir(path("out")).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList());
    }

    void anExportThatIsCutShortIsNotVerified() {
        const Run exported =
            noisefloor({"export", "emoji-ldm", "--recipe", "w8a8", "--format", "onnx", "--out", path("onnx")});
        QVERIFY2(exported.exitCode == kDone, exported.err);
        const QString graph = path("onnx") + QStringLiteral("/unet/model.onnx");
        const Run run = cutMeanwhile(graph, {"verify", path("onnx"), "--against", "emoji-ldm", "--threads", "1"});
        QVERIFY2(run.exitCode == kBadInput, run.err);
        requireTold(run, graph);
        QVERIFY(run.out.isEmpty());
    }

private:
    QString path(const char* name) const { return m_folder->filePath(QLatin1String(name)); }

    QStringList placed(const QStringList& command) const {
        QStringList result;
        for (QString word : command)
            result << word.replace(QLatin1String("MODEL"), path("model"))
                          .replace(QLatin1String("PROMPTS"), path("one.txt"))
                          .replace(QLatin1String("OUT"), path("out"));
        return result + QStringList{"--threads", "1"};
    }

    static void requireTold(const Run& run, const QString& file) {
        QCOMPARE(run.sentences().size(), 1);
        const QString sentence = run.sentences().constFirst();
        QVERIFY2(sentence.contains(file) && sentence.contains(QLatin1String("became shorter")), qPrintable(sentence));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(CliVanishingTest)
#include "tst_clivanishing.moc"
