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

namespace {} // namespace

/// The verbs treat and calibrate on the embedded model, two steps of one prompt.
class TestCliTreat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        QVERIFY(support::write(path("prompts.txt"), "grinning face\n"));
        const QJsonObject plain{{"noisefloor_recipe", 1},
                                {"name", "plain"},
                                {"default", QJsonObject{{"weights", "int8"}, {"activations", "int8"}}},
                                {"calibration", QJsonObject{{"prompts", path("prompts.txt")}}}};
        QVERIFY(support::write(path("plain.recipe.json"), QJsonDocument(plain).toJson()));
        const Run run = noisefloor({"analyze", "emoji-ldm", "--out", path("a.json"), "--level", "layer", "--metrics",
                                    "local", "--formats", "w8a8", "--steps", "2", "--prompts", path("prompts.txt")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
    }

    void theTreatedRecipeSaysEverythingItDoes() {
        const Run run = treat({"--json", "--no-measure"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject said = run.json();
        QVERIFY(!said.contains(QLatin1String("tried")));
        const QJsonObject recipe = QJsonDocument::fromJson(contents(path("treated.recipe.json"))).object();
        QCOMPARE(recipe["name"].toString(), QString("plain, treated"));
        QVERIFY(recipe["split_skips"].toBool() && recipe["precomputed_time_embedding"].toBool());
        QVERIFY(said["splitSkips"].toBool() && said["precomputedTimeEmbedding"].toBool());
        const QJsonArray smoothed = said["smoothed"].toArray();
        QCOMPARE(smoothed.size(), recipe["smoothing"]["modules"].toArray().size());
        for (const QJsonValue& module : smoothed)
            QVERIFY(module["alpha"].toDouble() >= 0.1 && module["alpha"].toDouble() <= 0.9);
        QCOMPARE(noisefloor({"generate", "emoji-ldm", "--prompt", "a dog", "--recipe", path("treated.recipe.json"),
                             "--steps", "1", "--out", path("x.png")})
                     .exitCode,
                 kDone);
    }

    void partsThatDoNotHelpAreLeftOut() {
        const Run run = treat({"--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject said = run.json();
        QVERIFY(!said["tried"].toArray().isEmpty());
        for (const QJsonValue& part : said["tried"].toArray()) {
            QVERIFY(part["db"].toDouble() > 0);
            if (part["what"].toString().contains(QLatin1String("skip concatenations")))
                QCOMPARE(said["splitSkips"].toBool(), part["kept"].toBool());
            if (part["what"].toString().contains(QLatin1String("table")))
                QCOMPARE(said["precomputedTimeEmbedding"].toBool(), part["kept"].toBool());
        }
    }

    void switchesLeaveThingsOut() {
        const Run run = treat({"--no-split", "--no-table", "--time-ranges", "fixed", "--share", "0.02", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        const QJsonObject said = run.json();
        QVERIFY(!said["splitSkips"].toBool() && !said["precomputedTimeEmbedding"].toBool());
        QCOMPARE(said["intervals"].toInt(), 1);
        QVERIFY(said["dynamic"].toArray().isEmpty());
    }

    void peopleReadATable() {
        const Run run = treat({});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QVERIFY2(run.out.contains("wrote ") && run.out.contains("halves of skip concatenations apart"),
                 run.out.constData());
    }

    void wrongWordsAndFilesAreRefused() {
        QCOMPARE(treat({"--time-ranges", "sometimes"}).exitCode, kWrongUsage);
        QCOMPARE(treat({"--share", "2"}).exitCode, kWrongUsage);
        const Run run = noisefloor({"treat", "emoji-ldm", "--recipe", "w8a8", "--analysis", path("plain.recipe.json"),
                                    "--out", path("y.recipe.json")});
        QCOMPARE(run.exitCode, kBadInput);
    }

    void bothCalibrationsAreShown() {
        const Run run = noisefloor({"calibrate", "emoji-ldm", "--recipe", path("plain.recipe.json"), "--prompts",
                                    path("prompts.txt"), "--steps", "2", "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        for (const char* steps : {"first", "all"}) {
            QVERIFY(run.json()[QLatin1String(steps)].toObject()["db"].isDouble());
            QVERIFY(run.json()[QLatin1String(steps)].toObject()["seconds"].toDouble() > 0);
        }
        const Run idle = noisefloor({"calibrate", "emoji-ldm", "--recipe", "w8"});
        QCOMPARE(idle.exitCode, kBadInput);
        QVERIFY2(idle.err.contains("nothing to calibrate"), idle.err.constData());
    }

private:
    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

    Run treat(const QStringList& more) const {
        return noisefloor(QStringList{"treat", "emoji-ldm", "--recipe", path("plain.recipe.json"), "--analysis",
                                      path("a.json"), "--out", path("treated.recipe.json")} +
                          more);
    }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(TestCliTreat)
#include "tst_clitreat.moc"
