#include "smallmodel.h"
#include "support/madeuplatency.h"
#include "support/testmain.h"

#include <app/session/missingfiles.h>
#include <app/session/modelfiles.h>
#include <app/session/sessionfile.h>
#include <app/session/sessionpath.h>

#include <ldm/error.h>
#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTemporaryDir>

#include <functional>
#include <limits>

using namespace app::session;
using analysis::Metric;
using Json = nlohmann::ordered_json;

namespace {

const QString kFile = QStringLiteral("/home/u/work/s.noisefloor");

/// Every field differs from what it would be by itself.
Session fullSession() {
    Session session;
    session.request = {"/home/u/models/sd",
                       {{"/home/u/work/style.safetensors", 0.5}},
                       "emoji-ldm",
                       "v_prediction",
                       {ldm::DeviceKind::Cuda, 1, ldm::Precision::Bf16}};
    session.model = {"sd", "sha256:0123", {}};
    session.recipe.name = "mine";
    session.recipe.base = quant::parseFormat("w4a8");
    session.recipe.rules = {{"unet.mid_block", quant::WeightFormat::Int4, std::nullopt, std::nullopt, "a test"}};
    session.recipeFile = QStringLiteral("/home/u/work/mine.recipe.json");
    session.recipeModified = true;
    session.recipeShelf = {{QStringLiteral("other"), quant::Recipe()}};
    session.locks = {{"unet.conv_in", quant::parseFormat("w8a8")}};
    session.sampling = {"ein Fuß 🦶",
                        "blurry",
                        "ddim",
                        7,
                        3.25,
                        std::numeric_limits<std::uint64_t>::max(),
                        64,
                        128,
                        "/data/noise.safetensors",
                        1,
                        2,
                        0.5,
                        2,
                        true};
    session.maps = {{Metric::Final, quant::parseFormat("w4a8")}};
    session.measurements = support::emptyAnalysis({quant::parseFormat("w8a8")});
    session.measurements.maps[0].grid.at(1, 1) = 31.5;
    session.speed = support::madeUpLatency(support::smallModel(), {quant::parseFormat("w4a8")},
                                           [](std::size_t layer, quant::Format) { return double(layer + 1) / 3; });
    session.analyses = {QStringLiteral("/home/u/work/before.analysis.json"), QStringLiteral("/mnt/x/b.analysis.json")};
    session.look = {{QStringLiteral("map"), QJsonObject{{QStringLiteral("zoom"), 2.5}}}};
    session.savedAs = QStringLiteral("/home/u/work/other.noisefloor");
    return session;
}

Json jsonOf(const Session& session) {
    return Json::parse(toJson(session, QStringLiteral("/home/u/work")));
}

/// The sentence with which a changed session is refused; empty if it is not.
QString refusal(const std::function<void(Json&)>& change) {
    Json json = jsonOf(fullSession());
    change(json);
    try {
        parseSession(json.dump(), kFile);
    } catch (const ldm::Error& error) {
        return error.kind() == ldm::ErrorKind::BadInput ? QString::fromUtf8(error.what()) : QString();
    }
    return {};
}

bool isOneSentenceAbout(const QString& sentence, const char* place) {
    return sentence.contains(kFile) && sentence.contains(QLatin1String(place)) && sentence.endsWith(QLatin1Char('.')) &&
           !sentence.contains(QLatin1Char('\n'));
}

bool makeFile(const QString& file) {
    QDir().mkpath(QFileInfo(file).absolutePath());
    QFile made(file);
    return made.open(QIODevice::WriteOnly);
}

} // namespace

class SessionFileTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everythingComesBackAsItWas() {
        const Session session = fullSession();
        const Session again = parseSession(toJson(session, QStringLiteral("/home/u/work")), kFile);
        QVERIFY(again.request == session.request);
        QVERIFY(again.model == session.model);
        QVERIFY(again.speed == session.speed);
        QVERIFY(again.recipe == session.recipe);
        QCOMPARE(again.recipeFile, session.recipeFile);
        QVERIFY(again.recipeModified);
        QCOMPARE(again.recipeShelf.size(), std::size_t(1));
        QCOMPARE(again.recipeShelf[0].name, QStringLiteral("other"));
        QCOMPARE(again.locks.size(), std::size_t(1));
        QCOMPARE(again.locks[0].id, session.locks[0].id);
        QVERIFY(again.locks[0].format == session.locks[0].format);
        QVERIFY(again.sampling == session.sampling);
        QVERIFY(again.maps == session.maps);
        QCOMPARE(again.analyses, session.analyses);
        QCOMPARE(again.look, session.look);
        QCOMPARE(again.savedAs, session.savedAs);
        QVERIFY(again.measurements.settings == session.measurements.settings);
        QCOMPARE(again.measurements.maps[0].grid.at(1, 1), 31.5);
        QCOMPARE(toJson(again, {}), toJson(session, {}));
    }

    void inputsAreKeptWhileNothingIsMeasured() {
        Session session = fullSession();
        session.measurements = {};
        session.measurements.settings.level = analysis::Level::Layer;
        session.measurements.settings.prompts = {"a", "b"};
        const Session again = parseSession(toJson(session, {}), kFile);
        QVERIFY(again.measurements.settings == session.measurements.settings);
        QVERIFY(again.measurements.maps.empty());
    }

    void pathsAreRelativeUnlessOnlyTheRootIsShared() {
        const Json json = jsonOf(fullSession());
        QCOMPARE(json["model"]["open"]["path"].get<std::string>(), std::string("../models/sd"));
        QCOMPARE(json["model"]["loras"][0]["path"].get<std::string>(), std::string("style.safetensors"));
        QCOMPARE(json["model"]["base"]["embedded"].get<std::string>(), std::string("emoji-ldm"));
        QCOMPARE(json["recipe_file"].get<std::string>(), std::string("mine.recipe.json"));
        QCOMPARE(json["sampling"]["latents"].get<std::string>(), std::string("/data/noise.safetensors"));
        QCOMPARE(json["analyses"][0].get<std::string>(), std::string("before.analysis.json"));
        QCOMPARE(json["analyses"][1].get<std::string>(), std::string("/mnt/x/b.analysis.json"));
    }

    void aSessionMovedWithItsFilesFindsThem() {
        const Session moved =
            parseSession(jsonOf(fullSession()).dump(), QStringLiteral("/media/disk/work/s.noisefloor"));
        QCOMPARE(moved.request.model, std::string("/media/disk/models/sd"));
        QCOMPARE(moved.analyses[0], QStringLiteral("/media/disk/work/before.analysis.json"));
        QCOMPARE(moved.analyses[1], QStringLiteral("/mnt/x/b.analysis.json"));
    }

    void whatIsWrittenReplacesTheFileWhole() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("s.noisefloor"));
        saveSession(fullSession(), file);
        Session other = fullSession();
        other.recipe.name = "another";
        saveSession(other, file);
        QCOMPARE(loadSession(file).recipe.name, std::string("another"));
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden),
                 QStringList{QStringLiteral("s.noisefloor")});
    }

    void whatCouldNotBeReadAgainIsNotWritten() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("s.noisefloor"));
        saveSession(fullSession(), file);
        Session bad = fullSession();
        bad.sampling.steps = 0; // no reader accepts it
        QVERIFY_THROWS_EXCEPTION(ldm::Error, saveSession(bad, file));
        QCOMPARE(loadSession(file).sampling.steps, 7);
    }

    void hostileValuesAreRefusedWithFileAndPlace_data() {
        QTest::addColumn<QString>("pointer");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("place");
        const auto row = [](const char* pointer, const char* value, const char* place) {
            QTest::addRow("%s = %s", pointer, value)
                << QString::fromLatin1(pointer) << QString::fromLatin1(value) << QString::fromLatin1(place);
        };
        row("/model", "7", "model");
        row("/model/open", "{\"path\": 3}", "model.open.path");
        row("/model/open", "{\"path\": \"\"}", "model.open.path");
        row("/model/open", "{\"path\": \"a\\u0000b\"}", "model.open.path");
        row("/model/open", "{}", "model.open");
        row("/model/loras/0/weight", "1e999", "");
        row("/model/device", "\"tpu\"", "model.device");
        row("/model/device_index", "-1", "model.device_index");
        row("/model/surprise", "1", "surprise");
        row("/recipe/default/weights", "\"int3\"", "recipe");
        row("/recipe_file", "\"../../.bashrc\"", "recipe_file");
        row("/saved_as", "\"/etc/passwd\"", "saved_as");
        row("/recipe_modified", "\"yes\"", "recipe_modified");
        row("/locks/0/format", "\"w99\"", "locks[0].format");
        row("/sampling/steps", "1001", "sampling.steps");
        row("/sampling/steps", "2.5", "sampling.steps");
        row("/sampling/seed", "-1", "sampling.seed");
        row("/sampling/width", "4294967296", "sampling.width");
        row("/sampling/latents_row", "2", "sampling.latents_row");
        row("/maps/0/metric", "\"guess\"", "maps[0].metric");
        row("/analyses/0", "\"\"", "analyses[0]");
        row("/measurements/blocks", "{}", "measurements");
        row("/look", "[]", "look");
        row("/speed/rounds", "0", "speed): rounds");
        row("/speed", "7", "speed");
        row("/extra", "1", "extra");
    }

    void hostileValuesAreRefusedWithFileAndPlace() {
        QFETCH(QString, pointer);
        QFETCH(QString, value);
        QFETCH(QString, place);
        // The value is put in as text, since some of them cannot be numbers of this machine.
        const std::string mark = "\"@@@\"";
        Json json = jsonOf(fullSession());
        json[Json::json_pointer(pointer.toStdString())] = "@@@";
        std::string text = json.dump();
        text.replace(text.find(mark), mark.size(), value.toStdString());
        QString sentence;
        try {
            parseSession(text, kFile);
        } catch (const ldm::Error& error) {
            sentence = QString::fromUtf8(error.what());
        }
        QVERIFY2(isOneSentenceAbout(sentence, qPrintable(place)), qPrintable(sentence));
    }

    void missingKeysAreNamed() {
        for (const char* key : {"model", "recipe", "sampling", "measurements", "look"}) {
            const QString sentence = refusal([key](Json& json) { json.erase(key); });
            QVERIFY2(isOneSentenceAbout(sentence, key), qPrintable(sentence));
        }
    }

    void tooManyEntriesAreRefused() {
        const QString sentence =
            refusal([](Json& json) { json["analyses"] = Json(std::vector<std::string>(1001, "a")); });
        QVERIFY2(isOneSentenceAbout(sentence, "analyses"), qPrintable(sentence));
        const QString shelf = refusal([](Json& json) {
            for (int i = 0; i < 4; ++i) json["recipe_shelf"].push_back(json["recipe_shelf"][0]);
        });
        QVERIFY2(isOneSentenceAbout(shelf, "recipe_shelf"), qPrintable(shelf));
    }

    void aNewerVersionIsRefusedInWords() {
        const QString sentence = refusal([](Json& json) {
            json["noisefloor_session"] = 2;
            json["unheard_of"] = true;
        });
        QVERIFY2(isOneSentenceAbout(sentence, "newer version"), qPrintable(sentence));
        QVERIFY(sentence.contains(QLatin1String("update")));
        QVERIFY(isOneSentenceAbout(refusal([](Json& json) { json["noisefloor_session"] = 0; }), "noisefloor_session"));
        QVERIFY(
            isOneSentenceAbout(refusal([](Json& json) { json["noisefloor_session"] = "1"; }), "noisefloor_session"));
    }

    void everyTruncationAndForeignFileIsRefused() {
        const std::string text = jsonOf(fullSession()).dump();
        for (std::size_t length = 0; length < text.size() - 1; length += 97)
            QVERIFY_THROWS_EXCEPTION(ldm::Error, parseSession(text.substr(0, length), kFile));
        for (const char* foreign : {"", "null", "[]", "{}", "{\"noisefloor_analysis\": 1}", "\xff\xfe"})
            QVERIFY_THROWS_EXCEPTION(ldm::Error, parseSession(foreign, kFile));
        QVERIFY_THROWS_EXCEPTION(ldm::Error, parseSession(std::string(100'000, '['), kFile));
    }

    void aChangedModelKeepsTheWorkAndDropsTheMeasurements() {
        ldm::ModelInfo changed = support::smallModel();
        changed.fingerprint = "sha256:9999";
        const Session adapted = adaptedTo(changed, fullSession());
        QCOMPARE(adapted.model.fingerprint, changed.fingerprint);
        QCOMPARE(adapted.recipe.model.fingerprint, changed.fingerprint);
        QCOMPARE(adapted.recipeShelf[0].recipe.model.fingerprint, changed.fingerprint);
        QCOMPARE(adapted.recipe.rules, fullSession().recipe.rules);
        QVERIFY(adapted.measurements.maps.empty());
        QCOMPARE(adapted.measurements.settings.prompts, fullSession().measurements.settings.prompts);
    }

    void namesTellSessions() {
        QCOMPARE(kindOf(QStringLiteral("/a/b.noisefloor")), FileKind::Session);
        QCOMPARE(kindOf(QStringLiteral("/a/b.NOISEFLOOR")), FileKind::Session);
        QCOMPARE(kindOf(QStringLiteral("/a/noisefloor")), FileKind::Model);
    }

    void missingAnalysesAreListedAndKept() {
        const QTemporaryDir folder;
        Session session = fullSession();
        session.request = {"emoji-ldm", {}, {}, {}, {}};
        const QString beside = folder.filePath(QStringLiteral("before.analysis.json"));
        QVERIFY(makeFile(beside));
        const Located found = located(session, folder.filePath(QStringLiteral("s.noisefloor")), {});
        QVERIFY(found.missing.isEmpty());
        QCOMPARE(found.session.analyses, (QStringList{beside, QStringLiteral("/mnt/x/b.analysis.json")}));
        QVERIFY(found.notes.join(QLatin1Char(' ')).contains(QStringLiteral("/mnt/x/b.analysis.json")));
        QVERIFY(found.session.recipeFile.isEmpty()); // it is gone, but the recipe is in the session
        QVERIFY(found.session.recipeModified);
    }

    void aModelThatIsNowhereIsNamedAndCanBeShown() {
        const QTemporaryDir folder;
        Session session = fullSession();
        session.request = {"/nowhere/sd", {}, {}, {}, {}};
        const QString file = folder.filePath(QStringLiteral("s.noisefloor"));
        QCOMPARE(located(session, file, {}).missing, QStringLiteral("/nowhere/sd"));
        const QString there = folder.filePath(QStringLiteral("moved"));
        QVERIFY(QDir().mkpath(there));
        const Located found = located(withFileAt(session, QStringLiteral("/nowhere/sd"), there), file, {});
        QVERIFY(found.missing.isEmpty());
        QCOMPARE(found.session.request.model, there.toStdString());
    }

    void aModelThatMovedIsFoundBesideTheSessionOrAmongRecentOnes() {
        const QTemporaryDir folder;
        Session session = fullSession();
        session.request = {"/nowhere/sd", {}, {}, {}, {}};
        const QString file = folder.filePath(QStringLiteral("s.noisefloor"));
        const QString lately = folder.filePath(QStringLiteral("models/other"));
        const QString sibling = folder.filePath(QStringLiteral("models/sd"));
        QVERIFY(QDir().mkpath(lately) && QDir().mkpath(sibling));
        QCOMPARE(located(session, file, {lately}).session.request.model, sibling.toStdString());
        const QString beside = folder.filePath(QStringLiteral("sd"));
        QVERIFY(QDir().mkpath(beside));
        const Located found = located(session, file, {lately});
        QCOMPARE(found.session.request.model, beside.toStdString());
        QVERIFY(found.notes.join(QLatin1Char(' ')).contains(beside));
    }

    void aRenamedModelIsFoundByItsFingerprint() {
        const QTemporaryDir folder;
        const QString renamed = folder.filePath(QStringLiteral("another-name"));
        const std::filesystem::path embedded = ldm::Model::open("emoji-ldm").info().path;
        std::filesystem::create_directory_symlink(embedded, renamed.toStdString());
        const QString decoy = folder.filePath(QStringLiteral("sd")); // has the name, but is no model at all
        QVERIFY(QDir().mkpath(decoy));
        Session session = fullSession();
        session.request = {"/nowhere/sd", {}, {}, {}, {}};
        session.model.fingerprint = ldm::Model::open("emoji-ldm").info().fingerprint;
        const Located found = located(session, folder.filePath(QStringLiteral("s.noisefloor")), {renamed});
        QCOMPARE(found.session.request.model, renamed.toStdString());
    }
};

NOISEFLOOR_TEST(SessionFileTest)
#include "tst_sessionfile.moc"
