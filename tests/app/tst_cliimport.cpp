#include "program.h"

#include "support/testmain.h"

#include <QJsonArray>
#include <QTemporaryDir>

using support::contents;
using support::kBadInput;
using support::kDone;
using support::noisefloor;
using support::Run;

/// Recipes of other programs on the command line.
class TestCliImport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }
    Run import(const QString& recipe) const {
        return noisefloor({"import", "emoji-ldm", "--recipe", recipe, "--out", path("out.recipe.json"), "--json"});
    }
    QJsonObject written() const { return QJsonDocument::fromJson(contents(path("out.recipe.json"))).object(); }

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        QVERIFY(support::write(path("weight.yaml"), "model.conv_in: 8\nmodel.conv_out: 2\n"));
        QVERIFY(support::write(path("act.yaml"), "model.conv_out: 8\n"));
        QVERIFY(
            support::write(path("apple.json"), "{\"recipes\": {\"a\": {\"conv_in\": 8}, \"b\": {\"conv_in\": 4}}}"));
    }

    void rulesMayStandOnTheCommandLine() {
        const Run run = import("^vae\\.=f16,model\\.=q8_0");
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QVERIFY(run.err.isEmpty());
        QVERIFY(!run.json()["notes"].toArray().isEmpty());
        QCOMPARE(written()["model"][QLatin1String("name")].toString(), QString("emoji-ldm"));
        QVERIFY(contents(path("out.recipe.json")).contains("q8_0"));
    }

    void twoFilesMakeOneRecipe() {
        const Run run = import(path("weight.yaml") + ":" + path("act.yaml"));
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QCOMPARE(run.json()["rules"].toInt(), 2);
        QCOMPARE(written()["default"][QLatin1String("weights")].toString(), QString("fp16"));
        const QJsonArray rules = written()["rules"].toArray();
        QCOMPARE(rules[0]["match"].toString(), QString("unet.conv_in"));
        QCOMPARE(rules[0]["weights"].toString(), QString("int8"));
        QCOMPARE(rules[1]["weights"].toString(), QString("int4"));
        QCOMPARE(rules[1]["activations"].toString(), QString("int8"));
    }

    void oneOfSeveralRecipesIsNamedBehindAColon() {
        const Run open = import(path("apple.json"));
        QCOMPARE(open.exitCode, kBadInput);
        QVERIFY2(open.err.contains("'a' or 'b'"), open.err.constData());
        const Run chosen = import(path("apple.json") + ":b");
        QVERIFY2(chosen.exitCode == kDone, chosen.err.constData());
        QCOMPARE(chosen.json()["name"].toString(), QString("b"));
        QCOMPARE(written()["rules"][0]["weights"].toString(), QString("int4"));
    }

    void everyVerbTakesThemAsItTakesItsOwn() {
        const QStringList picture{"generate", "emoji-ldm", "--prompt", "a dog", "--steps", "1", "--out", path("x.png")};
        const Run run = noisefloor(picture + QStringList{"--recipe", path("weight.yaml"), "--json"});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        QCOMPARE(run.json()["recipe"].toString(), QString("weight"));
        QVERIFY2(run.err.contains("2-bit weights become int4"), run.err.constData());
        QCOMPARE(noisefloor(picture + QStringList{"--recipe", "attn=q8_0"}).exitCode, kDone);
    }

    void foreignLayersAreNamed() {
        QVERIFY(support::write(path("other.yaml"), "model.down_blocks.7.conv: 8\n"));
        const Run run = import(path("other.yaml"));
        QCOMPARE(run.exitCode, kBadInput);
        QVERIFY2(run.err.contains("other.yaml") && run.err.contains("model.down_blocks.7.conv"), run.err.constData());
    }
};

NOISEFLOOR_TEST(TestCliImport)
#include "tst_cliimport.moc"
