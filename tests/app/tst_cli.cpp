#include "program.h"

#include "support/testmain.h"

#include <QJsonArray>
#include <QTemporaryDir>

using support::kBadInput;
using support::kDone;
using support::kFailed;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

const QStringList kVerbs{"inspect",   "generate", "analyze", "search", "treat",
                         "calibrate", "compare",  "import",  "export"};

} // namespace

/// What the command line says: help, usage, errors and exit codes. Nothing here runs a model.
class TestCli : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void helpListsTheVerbsWithAnExampleEach();
    void everyVerbExplainsItself();
    void theVersionIsPrinted();
    void wrongUsageIsOneSentence_data();
    void wrongUsageIsOneSentence();
    void badInputIsNamedInOneSentence_data();
    void badInputIsNamedInOneSentence();
    void errorsAreJsonToo();
    void aTargetThatCannotBeWrittenIsFoundBeforeTheWork_data();
    void aTargetThatCannotBeWrittenIsFoundBeforeTheWork();
    void inspectPrintsOneJsonObject();
    void inspectListsEveryBlockForPeople();
    void aFullOutputIsAFailure();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

void TestCli::helpListsTheVerbsWithAnExampleEach() {
    const Run run = noisefloor({"--help"});
    QCOMPARE(run.exitCode, kDone);
    QVERIFY(run.err.isEmpty());
    for (const QString& verb : kVerbs)
        QVERIFY2(run.out.contains("noisefloor " + verb.toUtf8() + " emoji-ldm"), run.out);
}

void TestCli::everyVerbExplainsItself() {
    for (const QString& verb : kVerbs) {
        const Run run = noisefloor({verb, "--help"});
        QCOMPARE(run.exitCode, kDone);
        for (const char* text : {"MODEL", "--threads", "--json", "Example:"}) QVERIFY2(run.out.contains(text), run.out);
    }
    QVERIFY(noisefloor({"generate", "--help"}).out.contains("w8a8 for all layers"));
}

void TestCli::theVersionIsPrinted() {
    const Run run = noisefloor({"--version"});
    QCOMPARE(run.exitCode, kDone);
    QCOMPARE(run.out, QByteArray("noisefloor " NOISEFLOOR_VERSION "\n"));
}

void TestCli::wrongUsageIsOneSentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    const QStringList picture{"generate", "emoji-ldm", "--prompt", "frog", "--out", path("x.png")};
    const QStringList analysis{"analyze", "emoji-ldm", "--out", path("x.json")};
    QTest::newRow("unknown verb") << QStringList{"frobnicate"} << "frobnicate";
    QTest::newRow("unknown option") << QStringList{"inspect", "emoji-ldm", "--colour"} << "--colour";
    QTest::newRow("no model") << QStringList{"inspect"} << "MODEL";
    QTest::newRow("no target") << QStringList{"analyze", "emoji-ldm"} << "--out";
    QTest::newRow("no steps") << picture + QStringList{"--steps", "0"} << "--steps";
    QTest::newRow("steps in letters") << picture + QStringList{"--steps", "many"} << "many";
    QTest::newRow("negative seed") << picture + QStringList{"--seed", "-1"} << "-1";
    QTest::newRow("half a size") << picture + QStringList{"--size", "64"} << "64x64";
    QTest::newRow("size with a tail") << picture + QStringList{"--size", "64x64x3"} << "64x64x3";
    QTest::newRow("no threads") << picture + QStringList{"--threads", "0"} << "--threads";
    QTest::newRow("device") << picture + QStringList{"--device", "tpu"} << "'tpu' is no device";
    QTest::newRow("device number") << picture + QStringList{"--device", "cuda:x"} << "'cuda:x' is no device";
    QTest::newRow("precision") << picture + QStringList{"--precision", "fp8"} << "'fp8' is no precision";
    QTest::newRow("LoRA without file") << picture + QStringList{"--lora", ":0.5"} << "names no file";
    for (const char* weight : {"nan", "abc", "1e400", "", "0x1", "inf", " 1", "1:2x"})
        QTest::addRow("LoRA weight '%s'", weight)
            << picture + QStringList{"--lora", QStringLiteral("x.safetensors:") + weight} << "is no number";
    QTest::newRow("prediction") << picture + QStringList{"--prediction", "noise"} << "noise";
    QTest::newRow("scheduler") << picture + QStringList{"--scheduler", "rk45"} << "rk45";
    QTest::newRow("clip skip") << picture + QStringList{"--clip-skip", "-1"} << "--clip-skip";
    QTest::newRow("eta") << picture + QStringList{"--eta", "2"} << "--eta";
    QTest::newRow("level") << analysis + QStringList{"--level", "tensor"} << "'tensor' is no level";
    QTest::newRow("metric") << analysis + QStringList{"--metrics", "loudness"} << "loudness";
    QTest::newRow("format") << analysis + QStringList{"--formats", "w9a9"} << "w9a9";
    QTest::newRow("picture type") << QStringList{"generate", "emoji-ldm", "--prompt", "frog", "--out", path("x.jpg")}
                                  << "x.jpg";
    QTest::newRow("calibration") << analysis + QStringList{"--calibration", "some"} << "some";
    QTest::newRow("export format") << QStringList{"export",   "emoji-ldm", "--recipe", "w8a8",
                                                  "--format", "zip",       "--out",    path("x")}
                                   << "zip";
}

void TestCli::wrongUsageIsOneSentence() {
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, named);
    const Run run = noisefloor(arguments);
    QCOMPARE(run.exitCode, kWrongUsage);
    QVERIFY(run.out.isEmpty());
    QCOMPARE(run.err.count('\n'), 1);
    QVERIFY2(run.err.startsWith("noisefloor: ") && run.err.contains(named.toUtf8()), run.err);
}

void TestCli::badInputIsNamedInOneSentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QStringList>("named");
    const QString recipe = path("wrong.recipe.json");
    QVERIFY(support::write(recipe, "{\"noisefloor_recipe\": 1,\n \"default\": {\"weights\": \"int8\",\n"
                                   "             \"activations\": \"int7\"}}\n"));
    const QString nothing = path("nothing.recipe.json");
    QVERIFY(support::write(nothing,
                           "{\"noisefloor_recipe\": 1,\n \"default\": {\"weights\": \"int8\", \"activations\": "
                           "\"int8\"},\n \"rules\": [{\"match\": \"unet.nowhere\", \"weights\": \"fp16\"}]}\n"));
    const QString prompts = path("prompts.txt");
    QVERIFY(support::write(prompts, "# only a remark\n\n"));
    const QStringList picture{"generate", "emoji-ldm", "--prompt", "frog", "--out", path("x.png")};
    const QStringList analysis{"analyze", "emoji-ldm", "--out", path("x.json")};
    QTest::newRow("model") << QStringList{"inspect", path("no-such-model")} << QStringList{"no-such-model"};
    QTest::newRow("recipe with a mistake")
        << picture + QStringList{"--recipe", recipe} << QStringList{"wrong.recipe.json:3", "int7"};
    QTest::newRow("rule without layers") << picture + QStringList{"--recipe", nothing}
                                         << QStringList{"nothing.recipe.json", "rule 1", "unet.nowhere"};
    QTest::newRow("no recipe file") << picture + QStringList{"--recipe", "w8x8"} << QStringList{"w8x8", "w8a8"};
    QTest::newRow("size") << picture + QStringList{"--size", "65x64"} << QStringList{"65"};
    QTest::newRow("LoRA") << picture + QStringList{"--lora", path("no-such.safetensors") + ":0.5"}
                          << QStringList{"There is no LoRA file", "no-such.safetensors;"};
    QTest::newRow("LoRA with two weights") << picture + QStringList{"--lora", path("no-such.safetensors") + ":1:2"}
                                           << QStringList{"There is no LoRA file", "no-such.safetensors:1;"};
    const QString colon = path("a:b.safetensors");
    QVERIFY(support::write(colon, "x"));
    QTest::newRow("LoRA with a colon in its name")
        << picture + QStringList{"--lora", colon} << QStringList{"a:b.safetensors"};
    QTest::newRow("latents") << QStringList{"compare",   "emoji-ldm",           "--recipe", "fp16",
                                            "--latents", path("no-such-noise"), "--out",    path("x")}
                             << QStringList{"no-such-noise"};
    QTest::newRow("lending model") << QStringList{"inspect", "emoji-ldm", "--base", path("no-such-base")}
                                   << QStringList{"no-such-base"};
    QTest::newRow("no prompts") << analysis + QStringList{"--prompts", prompts} << QStringList{"prompts.txt"};
    const QString latin = path("latin.txt");
    QVERIFY(support::write(latin, "caf\xE9\n"));
    QTest::newRow("prompts in another encoding")
        << analysis + QStringList{"--prompts", latin} << QStringList{"latin.txt", "UTF-8"};
    QTest::newRow("no latents") << analysis + QStringList{"--latents", path("no-such-noise")}
                                << QStringList{"no-such-noise"};
}

void TestCli::badInputIsNamedInOneSentence() {
    QFETCH(const QStringList, arguments);
    QFETCH(const QStringList, named);
    const Run run = noisefloor(arguments);
    QVERIFY2(run.exitCode == kBadInput, run.err);
    QVERIFY(run.out.isEmpty());
    QCOMPARE(run.sentences().size(), 1);
    for (const QString& text : named) QVERIFY2(run.err.contains(text.toUtf8()), run.err);
    QVERIFY(!QFile::exists(path("x.png")) && !QFile::exists(path("x.json")));
}

void TestCli::errorsAreJsonToo() {
    const Run missing = noisefloor({"inspect", path("no-such-model"), "--json"});
    QCOMPARE(missing.exitCode, kBadInput);
    const QJsonObject error = missing.json().value("error").toObject();
    QCOMPARE(error.value("kind").toString(), "bad-input");
    QVERIFY(error.value("message").toString().contains("no-such-model"));
    const Run usage = noisefloor({"inspect", "--json"});
    QCOMPARE(usage.exitCode, kWrongUsage);
    QCOMPARE(usage.json().value("error").toObject().value("kind").toString(), "usage");
}

void TestCli::aTargetThatCannotBeWrittenIsFoundBeforeTheWork_data() {
    QTest::addColumn<QStringList>("arguments");
    const QString nowhere = path("no-such-folder/x");
    const QString existing = path("existing");
    QVERIFY(support::write(existing, "mine"));
    const QStringList picture{"generate", "emoji-ldm", "--prompt", "frog", "--out"};
    const QStringList exported{"export", "emoji-ldm", "--recipe", "w8a8", "--format", "diffusers", "--out"};
    QTest::newRow("picture without folder") << picture + QStringList{nowhere + ".png"};
    QVERIFY(QDir(m_folder.path()).mkpath("folder.png"));
    QTest::newRow("picture over a folder") << picture + QStringList{path("folder.png")};
    QTest::newRow("analysis without folder") << QStringList{"analyze", "emoji-ldm", "--out", nowhere};
    QTest::newRow("comparison over a file")
        << QStringList{"compare", "emoji-ldm", "--recipe", "w8a8", "--out", existing};
    QTest::newRow("export without folder") << exported + QStringList{nowhere};
    QTest::newRow("export over a file") << exported + QStringList{existing};
}

void TestCli::aTargetThatCannotBeWrittenIsFoundBeforeTheWork() {
    QFETCH(const QStringList, arguments);
    const QStringList before = QDir(m_folder.path()).entryList();
    const Run run = noisefloor(arguments);
    QVERIFY2(run.exitCode == kFailed, run.err);
    QCOMPARE(run.err.count('\n'), 1); // the sentence and no progress
    QCOMPARE(QDir(m_folder.path()).entryList(), before);
    QCOMPARE(support::contents(path("existing")), QByteArray("mine"));
}

void TestCli::inspectPrintsOneJsonObject() {
    const Run run = noisefloor({"inspect", "emoji-ldm", "--json"});
    QVERIFY2(run.exitCode == kDone, run.err);
    const QJsonObject model = run.json();
    QCOMPARE(model.value("name").toString(), "emoji-ldm");
    QVERIFY(model.value("fingerprint").toString().startsWith("sha256:"));
    QCOMPARE(model.value("width").toInt(), 64);
    QStringList parts;
    for (const QJsonValue& part : model.value("parts").toArray()) {
        parts << part["name"].toString();
        QVERIFY(part["parameters"].toInteger() > 0 && part["bytes"].toInteger() > 0);
    }
    QVERIFY(parts.contains("unet") && parts.contains("vae") && parts.contains("text_encoder"));
    const QJsonArray blocks = model.value("blocks").toArray();
    QCOMPARE(blocks.last()["id"].toString(), "unet.conv_out");
    QVERIFY(!blocks.last()["layers"].toArray().isEmpty());
    const QJsonArray sizes = model.value("unetSizes").toArray();
    for (qsizetype i = 1; i < sizes.size(); ++i)
        QVERIFY(sizes[i]["bytes"].toInteger() < sizes[i - 1]["bytes"].toInteger());
    QCOMPARE(model.value("container").toString(), "diffusers folder");
    QVERIFY(model.value("family").toString().startsWith("SD 1"));
    QCOMPARE(model.value("sampler").toString(), "ddim");
    QVERIFY(model.value("memory").toObject().value("fp32WeightBytes").toInteger() > 0);
}

void TestCli::inspectListsEveryBlockForPeople() {
    const QByteArray text = noisefloor({"inspect", "emoji-ldm"}).out;
    for (const QJsonValue& block : noisefloor({"inspect", "emoji-ldm", "--json"}).json().value("blocks").toArray())
        QVERIFY2(text.contains('\n' + block["id"].toString().toUtf8() + ' '), text);
}

void TestCli::aFullOutputIsAFailure() {
    QProcess process;
    process.setStandardOutputFile("/dev/full");
    process.start(QStringLiteral(NOISEFLOOR_PROGRAM), {"inspect", "emoji-ldm"});
    const Run run = support::finished(process);
    QCOMPARE(run.exitCode, kFailed);
    QVERIFY(run.err.contains("stdout"));
}

NOISEFLOOR_TEST(TestCli)
#include "tst_cli.moc"
