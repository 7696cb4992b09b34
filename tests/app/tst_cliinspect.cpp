#include "support/testmain.h"

#include "program.h"

#include <QJsonArray>
#include <QTemporaryDir>

using namespace support;

namespace {

const QString kModel = QStringLiteral("emoji-ldm");
const QString kBlock = QStringLiteral("unet.mid_block");

double sumOf(const QJsonArray& counts) {
    double sum = 0;
    for (const QJsonValue& count : counts) sum += count.toDouble();
    return sum;
}

} // namespace

class CliInspectTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBlockIsToldWithItsLayers() {
        const Run run =
            noisefloor({"inspect", kModel, "--layer", kBlock, "--prompt", "red apple", "--steps", "2", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err);
        const QJsonObject json = run.json();
        const QJsonObject weights = json["weights"].toObject();
        QVERIFY(weights["sqnrDb"]["int8"].toDouble() > weights["sqnrDb"]["int4"].toDouble() + 15);
        const QJsonObject layers = weights["layers"].toObject();
        double all = 0;
        for (const QJsonValue& layer : layers) all += sumOf(layer["spread"]["counts"].toArray());
        QVERIFY(all > 0);
        QCOMPARE(sumOf(weights["spread"]["counts"].toArray()), all);
        QCOMPARE(json["inputs"]["steps"].toArray().size(), 2);
        QCOMPARE(json["inputs"]["layers"].toObject().keys(), layers.keys());
    }

    void peopleGetTables() {
        const Run run = noisefloor({"inspect", kModel, "--layer", "unet.conv_in", "--weights-only"});
        QVERIFY2(run.exitCode == kDone, run.err);
        for (const char* expected : {"unet.conv_in, 1 layer", "weights as", "int4_g32", "channels that stand out"})
            QVERIFY2(run.out.contains(expected), expected);
        QVERIFY(!run.out.contains("inputs at"));
    }

    void aNameThatIsNotThereIsBadInput() {
        const Run run = noisefloor({"inspect", kModel, "--layer", "unet.nowhere"});
        QCOMPARE(run.exitCode, kBadInput);
        QVERIFY(run.err.contains("unet.nowhere"));
    }

    void promptsComeFromAFileOrOneByOne() {
        const Run run = noisefloor({"inspect", kModel, "--layer", kBlock, "--prompt", "a", "--prompts", "file.txt"});
        QCOMPARE(run.exitCode, kWrongUsage);
    }

    void anAnalysisTakesPromptsAndHowTheyAreRead() {
        const QTemporaryDir folder;
        const QString out = folder.filePath(QStringLiteral("a.analysis.json"));
        const Run run = noisefloor({"analyze", kModel, "--out", out, "--prompt", "red apple", "--prompt", "a (cat:1.2)",
                                    "--negative", "blurry", "--weighted", "--metrics", "weights", "--formats", "w8",
                                    "--steps", "2", "--no-cache"});
        QVERIFY2(run.exitCode == kDone, run.err);
        const QByteArray text = contents(out);
        for (const char* expected : {"\"red apple\"", "\"a (cat:1.2)\"", "\"blurry\""})
            QVERIFY2(text.contains(expected), expected);
    }
};

NOISEFLOOR_TEST(CliInspectTest)
#include "tst_cliinspect.moc"
