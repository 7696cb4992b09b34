#include "program.h"

#include "support/testmain.h"

#include <QJsonArray>
#include <QTemporaryDir>

using support::contents;
using support::kBadInput;
using support::kDone;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

constexpr double kMiB = 1024.0 * 1024.0;

double uniformOf(const QJsonObject& found, const QString& format, const QString& value) {
    for (const QJsonValue& each : found.value("uniform").toArray())
        if (each["name"].toString() == format)
            return value == QLatin1String("bytes") || value == QLatin1String("seconds") ? each["cost"][value].toDouble()
                                                                                        : each[value].toDouble();
    return 0;
}

} // namespace

/// The search verb on the embedded model, from maps of two steps.
class TestCliSearch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        QVERIFY(support::write(path("prompts.txt"), "grinning face\n"));
        const Run run = noisefloor({"analyze", "emoji-ldm", "--out", path("a.json"), "--metrics", "output,final",
                                    "--formats", "w8a8,w4a8", "--steps", "2", "--prompts", path("prompts.txt")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
    }

    void aSizeLimitGivesARecipeThatIsMeasured() {
        const Run run = search({"--max-size", "9", "--pareto", path("pareto.csv"), "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject found = run.json();
        QVERIFY(found["cost"]["bytes"].toDouble() <= 9 * kMiB);
        QVERIFY(found["cost"]["bytes"].toDouble() > uniformOf(found, "w4a8", "bytes"));
        QVERIFY(found["predictedDb"].toDouble() > uniformOf(found, "w4a8", "predictedDb"));
        QCOMPARE(found["predictedFrom"].toString(), QString("final"));
        QVERIFY(found["measuredDb"].isDouble());
        QVERIFY(found["gap"].toDouble() <= 0.001);
        const QJsonObject recipe = QJsonDocument::fromJson(contents(path("found.recipe.json"))).object();
        QCOMPARE(recipe["provenance"]["measured_db"].toDouble(), found["measuredDb"].toDouble());
        QVERIFY(!recipe["rules"].toArray().isEmpty());
        const QByteArrayList lines = contents(path("pareto.csv")).split('\n');
        QVERIFY(lines.first().startsWith("kind,name,bytes") && lines.size() > 5);
        QCOMPARE(noisefloor({"compare", "emoji-ldm", "--recipe", path("found.recipe.json"), "--prompts",
                             path("prompts.txt"), "--steps", "1", "--out", path("sheet")})
                     .exitCode,
                 kDone);
    }

    void salienceMayDecideWhatIsMeasured() {
        const Run run = search({"--max-size", "9", "--weight", "salience", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QCOMPARE(run.json()["weight"].toString(), QString("salience"));
        QVERIFY(run.json()["measuredDb"].isDouble());
        const QJsonObject recipe = QJsonDocument::fromJson(contents(path("found.recipe.json"))).object();
        QVERIFY(!recipe["provenance"].toObject().contains("measured_db")); // that is of all errors alike
        QCOMPARE(search({"--max-size", "9", "--weight", "size"}).exitCode, kWrongUsage);
    }

    void aTimeLimitIsKeptAsItWasMeasured() {
        const QString latency = path("emoji.latency.json");
        const Run bench =
            noisefloor({"bench", "emoji-ldm", "--formats", "w8a8,w4a8", "--rounds", "2", "--out", latency, "--json"});
        QVERIFY2(bench.exitCode == kDone, bench.err.constData());
        const Run any = search({"--max-size", "9", "--no-measure", "--latency", latency, "--json"});
        QVERIFY2(any.exitCode == kDone, any.err.constData());
        const QJsonObject first = any.json();
        const double ends[] = {uniformOf(first, "w8a8", "seconds"), uniformOf(first, "w4a8", "seconds")};
        QVERIFY(ends[0] > 0 && ends[1] > 0 && first["cost"]["seconds"].toDouble() > 0);
        const double limit = std::max(ends[0], ends[1]);
        const Run run = search({"--max-ms", QString::number(1e3 * limit, 'g', 17), "--no-measure", "--latency", latency,
                                "--pareto", path("pareto.csv"), "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject found = run.json();
        QVERIFY(found["cost"]["seconds"].toDouble() <= limit * (1 + 1e-9));
        QVERIFY(contents(path("pareto.csv")).startsWith("kind,name,bytes,mean_weight_bits,bops,predicted_db,ms\n"));
        const Run fast = search({"--max-ms", "1e-6", "--no-measure", "--latency", latency});
        QVERIFY2(fast.exitCode == kBadInput && fast.err.contains("nearest reachable"), fast.err.constData());
        const Run blind = search({"--max-ms", "5", "--no-measure"});
        QVERIFY2(blind.exitCode == kBadInput && blind.err.contains("bench --out"), blind.err.constData());
    }

    void calibrationAndTreatmentsOfARecipeAreKept() {
        const QByteArray prompts = path("prompts.txt").toUtf8();
        QVERIFY(support::write(path("treated.recipe.json"),
                               "{\"noisefloor_recipe\": 1, \"name\": \"mine\", \"default\": {\"weights\": \"int4\", "
                               "\"activations\": \"int8\"}, \"low_rank\": {\"rank\": 16, \"modules\": "
                               "[\"unet.mid_block.**\"]}, \"calibration\": {\"prompts\": \"" +
                                   prompts + "\"}}"));
        const Run plain = search({"--max-size", "9", "--json"});
        const Run run = search({"--max-size", "9", "--recipe", path("treated.recipe.json"), "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject recipe = QJsonDocument::fromJson(contents(path("found.recipe.json"))).object();
        QCOMPARE(recipe["calibration"]["prompts"].toString(), path("prompts.txt"));
        QCOMPARE(recipe["low_rank"]["rank"].toInt(), 16);
        const QJsonObject with = run.json();
        const QJsonObject without = plain.json();
        QCOMPARE(with["rules"], without["rules"]);
        QVERIFY(with["measuredDb"] != without["measuredDb"]);
        QVERIFY(with["cost"]["bytes"].toDouble() > without["cost"]["bytes"].toDouble());
        QCOMPARE(run.err.contains("search again with a lower limit"), with["cost"]["bytes"].toDouble() > 9 * kMiB);
    }

    void aQualityHoldsWhenMeasured() {
        const QJsonObject size = search({"--max-size", "9", "--json"}).json();
        const double target = size["measuredDb"].toDouble();
        const Run run = search({"--min-sqnr", QString::number(target, 'f', 3), "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QVERIFY(run.json()["measuredDb"].toDouble() >= target - 0.001);
    }

    void theTableShowsBlocksReasonsAndUniformRecipes() {
        const Run run = search({"--max-size", "9", "--no-measure", "--lock", "unet.conv_out=w8a8"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        for (const char* part : {"unet.mid_block", "of the output noise", "w4a8", "predicted dB", "wrote "})
            QVERIFY2(run.out.contains(part), part);
    }

    void unreachableTargetsAndConflictingLocksEndWithASentence() {
        const Run small = search({"--max-size", "1"});
        QCOMPARE(small.exitCode, kBadInput);
        QVERIFY2(small.err.contains("nearest reachable is"), small.err.constData());
        const Run quiet = search({"--min-sqnr", "200"});
        QCOMPARE(quiet.exitCode, kBadInput);
        QVERIFY2(quiet.err.contains("nearest reachable is"), quiet.err.constData());
        const Run locks = search({"--max-size", "9", "--lock", "unet.conv_in=w8a8", "--lock", "unet.conv_in=w4a8"});
        QCOMPARE(locks.exitCode, kBadInput);
        QVERIFY2(locks.err.contains("locked both to"), locks.err.constData());
        QCOMPARE(search({"--max-size", "9", "--lock", "unet.conv_in"}).exitCode, kBadInput);
        QCOMPARE(search({"--max-size", "9", "--formats", "w8a16"}).exitCode, kBadInput);
    }

    void oneTargetIsNeededAndNotTwo() {
        QCOMPARE(search({}).exitCode, kWrongUsage);
        QCOMPARE(search({"--max-size", "9", "--min-sqnr", "20"}).exitCode, kWrongUsage);
        for (const char* limit : {"nan", "inf", "-1", "0", "9MiB"}) {
            const Run run = search({"--max-size", limit});
            QCOMPARE(run.exitCode, kWrongUsage);
            QVERIFY2(run.err.contains("is no limit; give a positive number"), run.err.constData());
        }
        QCOMPARE(search({"--min-sqnr", "nan"}).exitCode, kWrongUsage);
    }

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    Run search(const QStringList& more) const {
        return noisefloor(
            QStringList{"search", "emoji-ldm", "--analysis", path("a.json"), "--out", path("found.recipe.json")} +
            more);
    }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(TestCliSearch)
#include "tst_clisearch.moc"
