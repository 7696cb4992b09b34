#include "program.h"

#include "ldm/filesizelimit.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <csignal>

using namespace support;

namespace {

const QString kModel = QStringLiteral("emoji-ldm");
const QString kModelFolder = QStringLiteral(NOISEFLOOR_SOURCES "/resources/models/emoji-ldm");
const QString kOtherModel = QStringLiteral(NOISEFLOOR_SOURCES "/tests/data/reference/sd1_tiny");

QString text(std::string_view view) {
    return QString::fromUtf8(view.data(), qsizetype(view.size()));
}

/// An option that says nothing about this format, with a value it could have; empty if there is none.
QStringList uselessOption(const quant::ExportFormatInfo& format, quant::ExportOption option) {
    using quant::ExportOption;
    if (format.uses(option)) return {};
    const QString name = QStringLiteral("--") + text(nameOf(option));
    switch (option) {
    case ExportOption::Floats:
        return {name, "bf16"};
    case ExportOption::Variant:
        return {name, "fp16"};
    case ExportOption::Size:
        return {name, "64x64"};
    case ExportOption::Schema:
        return {name, "1.0.0"};
    case ExportOption::LayerDb:
        return {name, "a.analysis.json"};
    case ExportOption::UnetOnly:
    case ExportOption::Prefixed:
    case ExportOption::FloatGraph:
        break;
    }
    return {name};
}

bool isUsedAtAll(quant::ExportOption option) {
    return std::ranges::any_of(quant::exportFormats(), [option](const auto& format) { return format.uses(option); });
}

void addFormats(bool withWeights) {
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("suffix");
    for (const quant::ExportFormatInfo& format : quant::exportFormats())
        if (format.holdsWeights || !withWeights)
            QTest::newRow(format.name.data()) << text(format.name) << text(format.suffix);
}

} // namespace

/// Exports on the command line follow the table of formats: what is planned, written, refused and verified.
class CliExportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        const Run run = noisefloor({"analyze", kModel, "--formats", "w8a8", "--metrics", "local", "--steps", "2",
                                    "--prompt", "frog", "--no-cache", "--out", m_files.filePath("a.analysis.json")});
        QVERIFY2(run.exitCode == kDone, run.err);
    }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void helpTellsEveryFormatAndWhatNobodyHasLoaded() {
        const QByteArray help = noisefloor({"export", "--help"}).out;
        qsizetype untested = 0;
        for (const quant::ExportFormatInfo& format : quant::exportFormats()) {
            QVERIFY2(help.contains(QByteArray::fromStdString(std::string(format.name) + ": ")), format.name.data());
            untested += format.clientTested ? 0 : 1;
        }
        QCOMPARE(help.simplified().count("not client-tested"), untested);
    }

    void theManualHasARowForEveryFormatAndOption() {
        const QByteArray manual = contents(QStringLiteral(NOISEFLOOR_SOURCES "/docs/export.md"));
        for (const quant::ExportFormatInfo& format : quant::exportFormats())
            QVERIFY2(manual.contains(QByteArray::fromStdString("\n| `" + std::string(format.name) + "` |")),
                     format.name.data());
        for (const quant::ExportOption option : quant::kExportOptions)
            QVERIFY2(manual.contains(QByteArray::fromStdString("\n| `--" + std::string(nameOf(option)))),
                     nameOf(option).data());
    }

    void aPlanTellsEveryLayerAndWritesNothing_data() { addFormats(false); }
    void aPlanTellsEveryLayerAndWritesNothing() {
        QFETCH(const QString, format);
        const Run run = noisefloor(exported(format) + QStringList{"--plan", "--json", "--out", path("planned")});
        QVERIFY2(run.exitCode == kDone, run.err);
        const QJsonObject plan = run.json()["plan"].toObject();
        const QJsonArray layers = plan["layers"].toArray();
        const bool holdsWeights = infoOf(format).holdsWeights;
        QCOMPARE(layers.isEmpty(), !holdsWeights);
        QCOMPARE(plan["exact"].toInt() + plan["requantized"].toInt() + plan["float"].toInt(), layers.size());
        qint64 bytes = 0;
        for (const QJsonValue& layer : layers) {
            QVERIFY(!layer["layer"].toString().isEmpty() && !layer["type"].toString().isEmpty());
            QVERIFY(layer["bytes"].toInteger() > 0);
            bytes += layer["bytes"].toInteger();
        }
        QVERIFY(plan["bytes"].toInteger() > bytes);
        QVERIFY(isEmpty());
    }

    void aPlanNeedsNoTarget() {
        const Run run = noisefloor({"export", kModel, "--recipe", "w8a8", "--format", "checkpoint", "--plan"});
        QVERIFY2(run.exitCode == kDone, run.err);
        for (const char* part :
             {"layer ", "becomes", "why", "unet.conv_in", "float", "checkpoint: ", "note: activation"})
            QVERIFY2(run.out.contains(part), part);
        const Run nowhere = noisefloor({"export", kModel, "--recipe", "w8a8", "--format", "checkpoint"});
        QCOMPARE(nowhere.exitCode, kWrongUsage);
        QVERIFY(nowhere.err.contains("--out"));
    }

    void whatIsWrittenIsAsLargeAsPlannedAndFoundSound_data() { addFormats(true); }
    void whatIsWrittenIsAsLargeAsPlannedAndFoundSound() {
        QFETCH(const QString, format);
        QFETCH(const QString, suffix);
        const QString target = path(QStringLiteral("out") + suffix);
        const Run planned = noisefloor(exported(format) + QStringList{"--plan", "--json"});
        const Run written = noisefloor(exported(format) + QStringList{"--json", "--out", target});
        QVERIFY2(written.exitCode == kDone, written.err);
        QVERIFY2(written.err.contains(format.toUtf8() + ": "), "the plan is told before anything is written");
        const double predicted = planned.json()["plan"][QLatin1String("bytes")].toDouble();
        const double bytes = written.json()["bytes"].toDouble();
        QVERIFY2(std::abs(predicted - bytes) < 0.02 * bytes + 300'000,
                 qPrintable(QStringLiteral("%1 planned, %2 written").arg(predicted).arg(bytes)));
        QVERIFY(written.json()["tensors"].toInt() > 0);

        const Run verified = noisefloor(
            {"verify", target, "--against", kModel, "--worst", "3", "--runs", "1", "--steps", "2", "--json"});
        QVERIFY2(verified.exitCode == kDone, verified.err + verified.out);
        const QJsonObject report = verified.json();
        QVERIFY(report["sound"].toBool());
        QCOMPARE(report["against"].toString(), kModel);
        if (report["tensors"].toInt() == 0) return; // graphs are compared block by block
        QCOMPARE(report["worst"].toArray().size(), 3);
        int tensors = 0;
        for (const QJsonValue& type : report["types"].toArray()) tensors += type["tensors"].toInt();
        QCOMPARE(tensors, report["tensors"].toInt());
    }

    void optionsThatSayNothingAboutAFormatAreWrongUsage_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("uses");
        for (const quant::ExportOption option : quant::kExportOptions) {
            if (!isUsedAtAll(option)) continue;
            const auto& formats = quant::exportFormats();
            const auto other = std::ranges::find_if(formats, [option](const auto& f) { return !f.uses(option); });
            const auto user = std::ranges::find_if(formats, [option](const auto& f) { return f.uses(option); });
            QVERIFY(other != formats.end());
            QTest::newRow(nameOf(option).data())
                << exported(text(other->name)) + uselessOption(*other, option) + QStringList{"--plan"}
                << text(nameOf(option)) << text(user->name);
        }
    }
    void optionsThatSayNothingAboutAFormatAreWrongUsage() {
        QFETCH(const QStringList, arguments);
        QFETCH(const QString, option);
        QFETCH(const QString, uses);
        const Run run = noisefloor(arguments);
        QCOMPARE(run.exitCode, kWrongUsage);
        QCOMPARE(run.sentences().size(), 1);
        QVERIFY2(run.err.contains("--" + option.toUtf8()) && run.err.contains(uses.toUtf8()), run.err);
        QVERIFY(run.out.isEmpty());
    }

    void aPrefixIsAMatterOfAUnetAlone() {
        for (const quant::ExportFormatInfo& format : quant::exportFormats()) {
            if (!format.uses(quant::ExportOption::Prefixed)) continue;
            const QStringList prefixed = exported(text(format.name)) + QStringList{"--plan", "--prefixed"};
            const Run whole = noisefloor(prefixed);
            QCOMPARE(whole.exitCode, kWrongUsage);
            QVERIFY2(whole.err.contains("--unet-only"), whole.err);
            QCOMPARE(noisefloor(prefixed + QStringList{"--unet-only"}).exitCode, kDone);
        }
    }

    void floatsAreStoredAsAsked() {
        const Run run = noisefloor({"export", kModel, "--recipe", "fp32", "--format", "checkpoint", "--floats", "bf16",
                                    "--out", path("b.safetensors")});
        QVERIFY2(run.exitCode == kDone, run.err);
        const QJsonArray parts = noisefloor({"inspect", path("b.safetensors"), "--json"}).json()["parts"].toArray();
        QVERIFY(!parts.isEmpty());
        for (const QJsonValue& part : parts) QCOMPARE(part["storedAs"].toString(), QStringLiteral("BF16"));
        QCOMPARE(noisefloor(exported("checkpoint") + QStringList{"--floats", "fp8", "--plan"}).exitCode, kWrongUsage);
    }

    void anExistingTargetIsReplacedByForceAlone() {
        const QStringList arguments = exported("recipe") + QStringList{"--out", path("r.recipe.json")};
        QVERIFY(write(path("r.recipe.json"), "mine"));
        const Run refused = noisefloor(arguments);
        QCOMPARE(refused.exitCode, kFailed);
        QVERIFY2(refused.err.contains("--force"), refused.err);
        QCOMPARE(contents(path("r.recipe.json")), QByteArray("mine"));
        for (const char* flag : {"--force", "--overwrite"}) {
            QVERIFY(write(path("r.recipe.json"), "mine"));
            QCOMPARE(noisefloor(arguments + QStringList{flag}).exitCode, kDone);
            QVERIFY(contents(path("r.recipe.json")).contains("noisefloor_recipe"));
        }
    }

    void aTargetThatCannotBeWrittenIsToldInOneSentence_data() {
        QTest::addColumn<QString>("target");
        QTest::newRow("no folder") << path("nowhere/out");
        QTest::newRow("a folder that takes nothing") << QStringLiteral("/proc/noisefloor-export");
    }
    void aTargetThatCannotBeWrittenIsToldInOneSentence() {
        QFETCH(const QString, target);
        const Run run = noisefloor(exported("checkpoint") + QStringList{"--out", target});
        QCOMPARE(run.exitCode, kFailed);
        QCOMPARE(run.sentences().size(), 1);
        QVERIFY2(run.err.contains(target.toUtf8()), run.err);
        QVERIFY(isEmpty());
    }

    void aFullDiskLeavesNothingBehind_data() { addFormats(true); }
    void aFullDiskLeavesNothingBehind() {
        QFETCH(const QString, format);
        QFETCH(const QString, suffix);
        const Run run = [&] {
            const FileSizeLimit full(1 << 20);
            return noisefloor(exported(format) + QStringList{"--json", "--out", path(QStringLiteral("out") + suffix)});
        }();
        QVERIFY2(run.exitCode == kFailed, run.err);
        QCOMPARE(run.json()["error"][QLatin1String("kind")].toString(), QStringLiteral("write-failed"));
        QVERIFY(isEmpty());
    }

    void anInterruptedExportLeavesNothingBehind() {
        QVERIFY(write(m_files.filePath("slow.recipe.json"),
                      "{\"noisefloor_recipe\": 1, \"default\": {\"weights\": \"int4\", \"activations\": \"int8\"},\n"
                      " \"error_feedback\": {\"modules\": [\"**\"]}}\n"));
        QProcess process;
        process.start(QStringLiteral(NOISEFLOOR_PROGRAM),
                      {"export", kModel, "--recipe", m_files.filePath("slow.recipe.json"), "--format", "checkpoint",
                       "--steps", "60", "--out", path("out.safetensors")});
        process.setReadChannel(QProcess::StandardError);
        QVERIFY(process.waitForReadyRead(kLongestRunMs)); // the plan, before the work
        ::kill(pid_t(process.processId()), SIGINT);
        const Run run = finished(process);
        QCOMPARE(run.exitCode, kInterrupted);
        QVERIFY2(run.err.contains("nothing was written"), run.err);
        QVERIFY(isEmpty());
    }

    void whatIsMissingMakesAnExportUnsound() {
        const QString folder = path("out");
        QVERIFY(noisefloor(exported("diffusers") + QStringList{"--out", folder}).exitCode == kDone);
        const QString weights = folder + QStringLiteral("/vae/diffusion_pytorch_model.safetensors");
        QByteArray bytes = contents(weights);
        QVERIFY(bytes.count("\"decoder.conv_in.bias\"") == 1);
        QVERIFY(write(weights, bytes.replace("\"decoder.conv_in.bias\"", "\"decoder.conv_in.bibs\"")));
        const Run run = noisefloor({"verify", folder, "--against", kModel, "--json"});
        QVERIFY2(run.exitCode == kFailed, run.err);
        QCOMPARE(run.json()["sound"].toBool(true), false);
        QCOMPARE(run.json()["missing"].toArray(), QJsonArray{"vae.decoder.conv_in.bias"});
        QCOMPARE(run.json()["surplus"].toArray(), QJsonArray{"vae.decoder.conv_in.bibs"});
        const Run told = noisefloor({"verify", folder, "--against", kModel});
        QCOMPARE(told.exitCode, kFailed);
        for (const char* part : {"worst layers", "missing: vae.decoder.conv_in.bias", "not sound: 1 tensors missing"})
            QVERIFY2(told.out.contains(part), told.out);
    }

    void theModelItselfIsVerifiedWithTheRecipeOfTheUser() {
        const Run run = noisefloor({"verify", kModelFolder, "--against", kModel, "--recipe", "w4a8", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err);
        for (const QJsonValue& layer : run.json()["worst"].toArray()) {
            QCOMPARE(layer["db"].toString(), QStringLiteral("exact"));
            QVERIFY(layer["recipeDb"].toDouble() > 5 && layer["recipeDb"].toDouble() < 40);
        }
    }

    void whatIsNoExportIsBadInput_data() {
        QTest::addColumn<QString>("verified");
        QTest::addColumn<QString>("against");
        QVERIFY(write(m_files.filePath("letter.txt"), "dear"));
        QVERIFY(write(m_files.filePath("broken.safetensors"), "dear"));
        QVERIFY(write(m_files.filePath("broken.gguf"), "dear"));
        QVERIFY(QDir(m_files.path()).mkpath("empty"));
        for (const char* name : {"letter.txt", "broken.safetensors", "broken.gguf", "empty", "nothing"})
            QTest::newRow(name) << m_files.filePath(name) << kModel;
        QTest::newRow("another architecture") << kOtherModel << kModel;
    }
    void whatIsNoExportIsBadInput() {
        QFETCH(const QString, verified);
        QFETCH(const QString, against);
        const Run run = noisefloor({"verify", verified, "--against", against});
        QVERIFY2(run.exitCode == kBadInput, run.err);
        QCOMPARE(run.sentences().size(), 1);
        QVERIFY2(run.err.contains(QFileInfo(verified).fileName().toUtf8()), run.err);
    }

    void verifyingNeedsAModelToCompareWith() {
        const Run run = noisefloor({"verify", kModel});
        QCOMPARE(run.exitCode, kWrongUsage);
        QVERIFY(run.err.contains("--against"));
    }

private:
    QString path(const QString& name) const { return m_folder ? m_folder->filePath(name) : QString(); }
    bool isEmpty() const {
        return QDir(m_folder->path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }
    static const quant::ExportFormatInfo& infoOf(const QString& name) {
        return *std::ranges::find(quant::exportFormats(), name.toStdString(), &quant::ExportFormatInfo::name);
    }
    /// With an analysis for formats that tell one.
    QStringList exported(const QString& format) const {
        QStringList arguments{"export", kModel, "--recipe", "w8a8", "--format", format};
        if (infoOf(format).uses(quant::ExportOption::LayerDb))
            arguments << "--analysis" << m_files.filePath("a.analysis.json");
        return arguments;
    }

    QTemporaryDir m_files;
    std::unique_ptr<QTemporaryDir> m_folder; ///< of a test function
};

NOISEFLOOR_TEST(CliExportTest)
#include "tst_cliexport.moc"
