#include "program.h"

#include "support/testmain.h"

#include <analysis/latency.h>
#include <ldm/devices.h>
#include <quant/products.h>

#include <QImage>
#include <QJsonArray>
#include <QTemporaryDir>

#include <cmath>

using support::contents;
using support::kBadInput;
using support::kDone;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

constexpr int kInt8Code = 127;
constexpr int kInt4Code = 7;

QJsonObject stepOf(const QJsonObject& found, const QString& name) {
    for (const QJsonValue& step : found["steps"].toArray())
        if (step["name"].toString() == name) return step.toObject();
    return {};
}

double meanSquare(const QImage& a, const QImage& b) {
    double sum = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < 3 * a.width(); ++x)
            sum += std::pow(double(a.constScanLine(y)[x]) - double(b.constScanLine(y)[x]), 2);
    return sum / (3.0 * a.width() * a.height());
}

} // namespace

/// The bench verb, and the arithmetic of the others, on the embedded model. How fast anything is, is nowhere tested.
class TestCliBench : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void stepsAreTimedAgainstFullPrecision() {
        QVERIFY(support::write(path("mixed.recipe.json"),
                               "{\"noisefloor_recipe\": 1, \"name\": \"mixed\", \"default\": {\"weights\": \"int4\", "
                               "\"activations\": \"int8\"}, \"rules\": [{\"match\": \"unet.conv_out\", "
                               "\"weights\": \"fp16\", \"activations\": \"fp16\"}]}"));
        const Run run = noisefloor({"bench", "emoji-ldm", "--formats", "w8a8,w4a8", "--recipe",
                                    path("mixed.recipe.json"), "--rounds", "1", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject found = run.json();
        QCOMPARE(found["steps"].toArray().size(), 3);
        const int exactCode = found["machine"]["exactCode"].toInt(-1);
        QCOMPARE(exactCode, quant::largestExactCode());
        for (const QJsonValue& step : found["steps"].toArray()) {
            QVERIFY(step["seconds"].toDouble() > 0 && step["fullSeconds"].toDouble() > 0);
            QCOMPARE(step["ratio"].toDouble(), step["seconds"].toDouble() / step["fullSeconds"].toDouble());
            int layers = step["integerLayers"].toInt();
            for (const QJsonValue& floats : step["floatLayers"].toArray()) layers += floats["layers"].toInt();
            QVERIFY(layers > 50);
        }
        const QJsonObject w4a8 = stepOf(found, "w4a8");
        const bool isExact = exactCode >= kInt4Code;
        QCOMPARE(w4a8["floatLayers"].toArray().isEmpty(), isExact);
        const double db = w4a8["db"].toDouble(); // what the format costs
        QVERIFY2(db > 5 && db < 40, run.out.constData());
        if (isExact) QVERIFY2(w4a8["integersAgainstFloatDb"].toDouble() > std::max(40.0, db + 10), run.out.constData());
        QCOMPARE(stepOf(found, "w8a8")["integerLayers"].toInt() > 0, exactCode >= kInt8Code);
        const QJsonArray floats = stepOf(found, "mixed")["floatLayers"].toArray();
        QVERIFY(!isExact || (floats.size() == 1 && floats[0]["layers"].toInt() == 1));
    }

    void whyLayersAreNotComputedByIntegersIsSaid() {
        const Run run = noisefloor({"bench", "emoji-ldm", "--formats", "w8a8,w8a8t,w8a16", "--rounds", "1"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QVERIFY2(run.out.contains("full precision") && run.out.contains("w8a8t"), run.out.constData());
        QVERIFY(run.out.contains("the ranges of the inputs are not known beforehand"));
        QCOMPARE(run.out.contains("the inputs have more than 8 bits"), quant::largestExactCode() < kInt8Code);
        QCOMPARE(run.out.contains("bf16, against fp32"), ldm::hasBf16Products());
        QCOMPARE(run.out.contains("VNNI") || run.out.contains("multiplies no bytes"),
                 quant::largestExactCode() < kInt8Code);
    }

    void layersAreListedAndWrittenToAFile() {
        const QString file = path("emoji.latency.json");
        const Run run = noisefloor(
            {"bench", "emoji-ldm", "--formats", "w4a8", "--rounds", "1", "--size", "32x32", "--layers", "--out", file});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QVERIFY2(run.out.contains("slowest layers") && run.out.contains("attention, norms"), run.out.constData());
        const analysis::Latency latency = analysis::loadLatency(file.toStdString());
        QCOMPARE(latency.width, 32);
        QCOMPARE(latency.formats.size(), std::size_t(2));
        const Run none = noisefloor({"bench", "emoji-ldm", "--formats", "w4a8", "--rounds", "1", "--json"});
        QVERIFY(!none.json().contains("layers"));
    }

    void wrongUsageIsTold() {
        QCOMPARE(noisefloor({"bench", "emoji-ldm", "--rounds", "0"}).exitCode, kWrongUsage);
        QCOMPARE(noisefloor({"bench", "emoji-ldm", "--formats", "w9"}).exitCode, kBadInput);
        QCOMPARE(noisefloor({"bench", "emoji-ldm", "--out", "/nowhere/x.latency.json"}).exitCode, support::kFailed);
        QCOMPARE(noisefloor({"generate", "emoji-ldm", "--prompt", "x", "--arithmetic", "int4", "--out", path("x.png")})
                     .exitCode,
                 kWrongUsage);
    }

    /// Not to the last bit: a value next to a rounding border flips with the order of a sum, as it does between one
    /// thread and two.
    void picturesByIntegersAreThoseByFloats() {
        const auto picture = [this](const QStringList& how) {
            const QString file = path("apple.png");
            const Run run = noisefloor(
                QStringList{"generate", "emoji-ldm", "--prompt", "red apple", "--steps", "4", "--out", file} + how);
            return run.exitCode == kDone ? QImage(file).convertToFormat(QImage::Format_RGB888) : QImage();
        };
        const QImage full = picture({});
        const QImage integers = picture({"--recipe", "w4a8", "--arithmetic", "int8"});
        const QImage floats = picture({"--recipe", "w4a8", "--arithmetic", "float"});
        QVERIFY(!integers.isNull() && integers.size() == floats.size() && integers.size() == full.size());
        const double difference = meanSquare(integers, floats);
        QVERIFY2(3 * difference < meanSquare(full, floats), qPrintable(QString::number(difference)));
    }

    void aProcessorThatIsNotExactIsToldOfWhenItIsAskedFor() {
        const auto sentences = [this](const QStringList& more) {
            const Run run = noisefloor(QStringList{"generate", "emoji-ldm", "--prompt", "frog", "--steps", "1",
                                                   "--recipe", "w8a8", "--out", path("frog.png")} +
                                       more);
            return run.exitCode == kDone ? run.sentences().filter("simulated in float32") : QStringList{"failed"};
        };
        QCOMPARE(sentences({}).size(), 0);
        QCOMPARE(sentences({"--arithmetic", "float"}).size(), 0);
        QCOMPARE(sentences({"--arithmetic", "int8"}).size(), quant::largestExactCode() < kInt8Code ? 1 : 0);
    }

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(TestCliBench)
#include "tst_clibench.moc"
