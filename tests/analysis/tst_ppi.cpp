#include "cases.h"

#include "ppi/pictures.h"

#include <analysis/ppi.h>

#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>

#include <cmath>
#include <limits>

using namespace analysis;
using ppi::Objects;
using ppi::Training;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::function<void()>& act) {
    return support::failureOf(ldm::ErrorKind::BadInput, act);
}

/// The first objects alone, of which little training makes something.
Objects few(std::size_t count = 4) {
    Objects objects = Objects::embedded();
    objects.rgba.resize(objects.rgba.size() / objects.names.size() * count);
    objects.names.resize(count);
    return objects;
}

Training brief() {
    Training training;
    training.channels = {8, 16};
    training.iterations = 60;
    training.warmUp = 30;
    training.batch = 24;
    return training;
}

double outOfDomain(const Evaluator& evaluator, const Objects& objects) {
    return ppi::judge(evaluator, objects, {.correlation = 0, .pictures = 300, .maps = 0})->accuracy;
}

ldm::Image striped(int side) {
    ldm::Image image{side, side, {}};
    for (int i = 0; i < side * side * 3; ++i) image.rgb.push_back(std::uint8_t(i * 7 % 253));
    return image;
}

using Change = std::function<void(nlohmann::json& json)>;

} // namespace

Q_DECLARE_METATYPE(Change)

class PpiTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theObjectsHaveColourAndAlpha() {
        const Objects objects = Objects::embedded();
        QCOMPARE(objects.names.size(), std::size_t(24));
        QCOMPARE(objects.side, 32);
        const std::size_t bytes = 32 * 32 * 4;
        QCOMPARE(objects.rgba.size(), objects.names.size() * bytes);
        for (std::size_t i = 0; i < objects.names.size(); ++i) {
            const auto* const object = &objects.rgba[i * bytes];
            QCOMPARE(int(object[3]), 0);                    // a corner
            QVERIFY(object[(16 * 32 + 16) * 4 + 3] == 255); // the middle
        }
        QCOMPARE(objects.names.front(), std::string("dog face")); // brown, not blue
        const auto* const dog = &objects.rgba[(16 * 32 + 10) * 4];
        QVERIFY(dog[0] > dog[2]);
    }

    void backgroundsGoWithTheClassAsOftenAsAskedFor() {
        const Objects objects = Objects::embedded();
        const auto spreadOfBackgrounds = [&](double correlation) {
            const ppi::Batch batch = ppi::Painter(objects, 3).draw(600, correlation);
            const at::Tensor corners = batch.pictures.select(3, 0).select(2, 0); // mostly background
            const at::Tensor ofFirst = corners.index({batch.labels == 0});
            return ofFirst.std(0).mean().item<double>();
        };
        QVERIFY(spreadOfBackgrounds(1) < 0.5 * spreadOfBackgrounds(0));
        const ppi::Batch batch = ppi::Painter(objects, 3).draw(50, 0.95);
        QVERIFY(batch.pictures.abs().max().item<float>() <= 1);
        QVERIFY(batch.masks.amax({1, 2}).min().item<float>() > 0.9F);
        const double covered = batch.masks.mean().item<double>();
        QVERIFY(covered > 0.15 && covered < 0.6);
        QVERIFY(ppi::Painter(objects, 3).draw(50, 0.95).pictures.equal(batch.pictures));
    }

    void trainingLearns() {
        const Objects objects = few();
        Training training = brief();
        training.iterations = 150;
        training.correlation = 0.25; // backgrounds say nothing
        training.intervenes = false;
        const auto trained = ppi::train(objects, training);
        QVERIFY(outOfDomain(trained->evaluator(), objects) > 0.6);
    }

    void interventionsTakeTheBackgroundAway() {
        const Objects objects = few();
        Training training = brief();
        training.iterations = 250;
        training.warmUp = 100;
        const double with = outOfDomain(ppi::train(objects, training)->evaluator(), objects);
        training.intervenes = false;
        const double without = outOfDomain(ppi::train(objects, training)->evaluator(), objects);
        QVERIFY2(with > without, qPrintable(QString("%1 and %2").arg(with).arg(without)));
    }

    void everyTermOfTheLossCounts() {
        const Objects objects = few();
        std::vector<std::vector<double>> seen;
        const auto add = [&](const std::function<void(Training&)>& change) {
            Training training = brief();
            change(training);
            seen.push_back(ppi::train(objects, training)->evaluator().look(striped(32)).probabilities);
        };
        add([](Training&) {});
        add([](Training& training) { training.intervenes = false; });
        add([](Training& training) { training.unrelated = ppi::Unrelated::OthersMask; });
        add([](Training& training) { training.unrelatedWeight = 2; });
        add([](Training& training) { training.blankedWeight = 1; });
        add([](Training& training) { training.throughMask = true; });
        add([](Training& training) {
            training.throughMask = true;
            training.sparsityWeight = 1;
        });
        add([](Training& training) { training.blur = 1; });
        add([](Training& training) { training.seed = 1; });
        for (std::size_t i = 0; i < seen.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                QVERIFY2(seen[i] != seen[j], qPrintable(QString("%1, %2").arg(i).arg(j)));
        add([](Training&) {});
        QVERIFY(seen.back() == seen.front());
        add([](Training& training) { training.sparsityWeight = 1; }); // nothing flows through the mask
        QVERIFY(seen.back() == seen.front());
    }

    void whatWasSavedIsLoadedAgain() {
        QTemporaryDir temporary;
        const fs::path folder = temporary.path().toStdString();
        const Objects objects = few();
        const auto trained = ppi::train(objects, brief());
        trained->save(folder);
        const Evaluator loaded = Evaluator::load(folder);
        QVERIFY(loaded.classes() == objects.names);
        QCOMPARE(loaded.side(), 32);
        const auto expected = trained->evaluator().look(striped(32)).probabilities;
        const auto actual = loaded.look(striped(32)).probabilities;
        for (std::size_t i = 0; i < actual.size(); ++i) QVERIFY(std::abs(actual[i] - expected[i]) < 1e-5);
        QVERIFY(salience(loaded, striped(100)).map.width == 32); // pictures of any size
    }

    void theOneThatComesWithTheProgramKnowsItsObjects() {
        const Evaluator evaluator = Evaluator::load(ldm::resourceFolder() / "evaluator" / "objects");
        const Objects objects = Objects::embedded();
        const auto judged = ppi::judge(evaluator, objects, {.correlation = 0, .pictures = 300, .maps = 40});
        QVERIFY(judged->accuracy > 0.6);
        QCOMPARE(judged->methods.size(), std::size_t(1));
        QVERIFY(judged->methods[0].pointing > 0.8 && judged->methods[0].pointing <= 1);
        QVERIFY(judged->methods[0].overlap > 0.3 && judged->methods[0].overlap < 1);
        QVERIFY(judged->methods[0].deletion < judged->methods[0].insertion);
    }

    void aStopEndsTrainingWithoutAClassifier() {
        std::stop_source stop;
        int steps = 0;
        const auto after = [&](const ldm::Progress& progress) {
            steps = int(progress.done);
            if (progress.done == 7) stop.request_stop();
        };
        QVERIFY(!ppi::train(few(), brief(), stop.get_token(), after));
        QCOMPARE(steps, 7);
        const Evaluator evaluator = ppi::train(few(), brief())->evaluator();
        QVERIFY(!ppi::judge(evaluator, few(), {}, stop.get_token()));
    }

    void wrongSettingsAreRefused() {
        const auto refused = [](const std::function<void(Training&)>& change) {
            Training training = brief();
            change(training);
            return !refusal([&] { ppi::train(few(), training); }).empty();
        };
        QVERIFY(refused([](Training& training) { training.channels = {}; }));
        QVERIFY(refused([](Training& training) { training.channels = {4, 4, 4, 4, 4, 4}; }));
        QVERIFY(refused([](Training& training) { training.channels = {0}; }));
        QVERIFY(refused([](Training& training) { training.iterations = 0; }));
        QVERIFY(refused([](Training& training) { training.batch = 1; }));
        QVERIFY(refused([](Training& training) { training.blur = 4; }));
        QVERIFY(refused([](Training& training) { training.correlation = 1.5; }));
        QVERIFY(refused([](Training& training) { training.learningRate = 0; }));
        QVERIFY(refused([](Training& training) { training.sharpness = std::numeric_limits<double>::quiet_NaN(); }));
        Objects broken = few();
        broken.rgba.pop_back();
        QVERIFY(!refusal([&] { ppi::train(broken, brief()); }).empty());
        QVERIFY(!refusal([] { ppi::judge(Evaluator::embedded(), few(), {}); }).empty());
    }

    void trainingThatDivergesIsNoClassifier() {
        Training training = brief();
        training.learningRate = 1e30;
        const auto act = [&] { ppi::train(few(), training); };
        QVERIFY(!support::failureOf(ldm::ErrorKind::Failed, act).empty());
    }

    void badObjectsAreRefusedByName_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* what, const Change& change, const char* named) {
            QTest::newRow(what) << change << QString(named);
        };
        row(
            "another version", [](nlohmann::json& json) { json["noisefloor_objects"] = 2; }, "noisefloor_objects");
        row(
            "no side", [](nlohmann::json& json) { json.erase("side"); }, "side");
        row(
            "another side", [](nlohmann::json& json) { json["side"] = 16; }, "objects.png");
        row(
            "a huge side", [](nlohmann::json& json) { json["side"] = 1e12; }, "side");
        row(
            "no columns", [](nlohmann::json& json) { json["columns"] = 0; }, "columns");
        row(
            "a name twice", [](nlohmann::json& json) { json["names"][1] = json["names"][0]; }, "names");
        row(
            "a name that is none", [](nlohmann::json& json) { json["names"][1] = 3; }, "names");
        row(
            "one name", [](nlohmann::json& json) { json["names"] = {"dog face"}; }, "names");
    }
    void badObjectsAreRefusedByName() {
        QFETCH(const Change, change);
        QFETCH(const QString, named);
        QTemporaryDir temporary;
        const fs::path folder = temporary.path().toStdString();
        for (const char* name : {"objects.json", "objects.png"})
            fs::copy_file(ldm::resourceFolder() / "evaluator" / "objects" / name, folder / name);
        Objects::load(folder); // whole
        nlohmann::json json = ldm::readJsonObject(folder / "objects.json");
        change(json);
        ldm::writeTextFile(folder / "objects.json", json.dump());
        const std::string sentence = refusal([&] { Objects::load(folder); });
        QVERIFY2(QString::fromStdString(sentence).contains(named), sentence.c_str());
    }

    void aPictureThatIsNoneIsRefused() {
        QTemporaryDir temporary;
        const fs::path folder = temporary.path().toStdString();
        fs::copy_file(ldm::resourceFolder() / "evaluator" / "objects" / "objects.json", folder / "objects.json");
        QVERIFY(refusal([&] { Objects::load(folder); }).find("objects.png") != std::string::npos);
        ldm::writeTextFile(folder / "objects.png", "no picture");
        QVERIFY(refusal([&] { Objects::load(folder); }).find("objects.png") != std::string::npos);
    }
};

NOISEFLOOR_TEST(PpiTest)
#include "tst_ppi.moc"
