#include "cases.h"

#include "support/madeuplatency.h"

#include <analysis/latency.h>
#include <analysis/steptime.h>

#include <quant/integersupport.h>

#include <ldm/devices.h>
#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>

#include <functional>
#include <numeric>

using namespace analysis;
using quant::Format;
using quant::parseFormat;
using support::failureOf;
using Json = nlohmann::ordered_json;

namespace {

constexpr ldm::ErrorKind kBad = ldm::ErrorKind::BadInput;
const Format kW8A8 = parseFormat("w8a8");
const Format kW4A8 = parseFormat("w4a8");

ldm::ModelInfo threeLayers() {
    ldm::ModelInfo model;
    model.name = "small";
    model.fingerprint = "sha256:small";
    for (const char* name : {"unet.a.x", "unet.b.x", "unet.b.y"}) {
        ldm::LayerInfo layer;
        layer.name = name;
        layer.block = std::string(name).substr(0, 6);
        layer.weightShape = {16, 16};
        model.layers.push_back(layer);
    }
    model.blocks = {{"unet.a", {0}, 256}, {"unet.b", {1, 2}, 512}};
    return model;
}

/// Powers of two, so that sums are exact: a layer takes 1, 2 or 4 s, in w8a8 half and in w4a8 a quarter of that.
Latency madeUp() {
    return support::madeUpLatency(threeLayers(), {kW8A8, kW4A8}, [](std::size_t layer, Format format) {
        const double full = double(1 << layer);
        return format == kW8A8 ? full / 2 : format == kW4A8 ? full / 4 : full;
    });
}

quant::Plan planOf(quant::Recipe recipe) {
    return quant::resolve(recipe, threeLayers());
}

quant::Recipe uniform(Format format) {
    quant::Recipe recipe;
    recipe.base = format;
    return recipe;
}

std::string refusal(const std::function<void(Json&)>& change) {
    Json json = Json::parse(toJson(madeUp()));
    change(json);
    return failureOf(kBad, [&] { parseLatency(json.dump(), "x.latency.json"); });
}

} // namespace

class LatencyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRunTakesTheSumOfItsLayersAndTheRest() {
        QCOMPARE(madeUp().fullSeconds(), 7.25);
        QCOMPARE(madeUp().seconds(planOf(uniform({}))).value(), 7.25);
        QCOMPARE(madeUp().seconds(planOf(uniform(kW8A8))).value(), 3.75);
        quant::Recipe mixed = uniform(kW4A8);
        mixed.rules = {{"unet.b.y", quant::WeightFormat::Int8, {}, {}, ""}};
        QCOMPARE(madeUp().seconds(planOf(mixed)).value(), 0.25 + 0.25 + 0.5 + 2);
    }

    void formatsThatVaryOverTimeCountInTheMean() {
        quant::Recipe recipe = uniform(kW8A8);
        recipe.rules = {{"unet.**", quant::WeightFormat::Int4, {}, {{0, 249}}, ""}};
        QCOMPARE(madeUp().seconds(planOf(recipe)).value(), 0.25 + 0.25 * 1.75 + 0.75 * 3.5);
    }

    void whatWasNotTimedIsNotTold() {
        QVERIFY(!madeUp().seconds(planOf(uniform(parseFormat("w8a16")))));
        quant::Recipe mixed = uniform(kW8A8);
        mixed.rules = {{"unet.a", {}, quant::ActivationFormat::Int16, {}, ""}};
        QVERIFY(!madeUp().seconds(planOf(mixed)));
        quant::Recipe treated = uniform(kW8A8);
        treated.smoothing = quant::Smoothing{0.5, {{"unet.a.x", {}}}};
        QVERIFY(!madeUp().seconds(planOf(treated)));
    }

    void layersThatStayExactTakeAsLongAsInFullPrecision() {
        quant::Plan plan = planOf(uniform(kW8A8));
        plan.treated.push_back({.layer = 2, .exact = true, .formats = {}});
        QCOMPARE(madeUp().seconds(plan).value(), 0.25 + 0.5 + 1 + 4);
    }

    void aFileIsReadBackAsItWasWritten() {
        QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("a.latency.json").toStdString();
        Latency latency = madeUp();
        latency.precision = ldm::Precision::Bf16;
        latency.samples = 1;
        latency.formats[1].seconds[0] = 0.1 / 3;
        saveLatency(latency, file);
        QVERIFY(loadLatency(file) == latency);
    }

    void damagedFilesAreRefusedWithThePlace_data() {
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("json");
        const auto row = [](const char* name, const char* place, const char* json) {
            QTest::newRow(name) << QString::fromLatin1(place) << QString::fromLatin1(json);
        };
        row("another version", "noisefloor_latency", "{'noisefloor_latency': 2}");
        row("an unknown key", "speed", "{'speed': 1}");
        row("no machine", "machine", "{'machine': null}");
        row("no threads", "machine.threads", "{'machine': {'threads': 0}}");
        row("a code above a byte", "machine.exact_code", "{'machine': {'exact_code': 128}}");
        row("a type that is none", "precision", "{'precision': 'fp8'}");
        row("no pixels", "width", "{'width': 0}");
        row("three samples", "samples", "{'samples': 3}");
        row("no rounds", "rounds", "{'rounds': 0}");
        row("a negative rest", "rest", "{'rest': -1}");
        row("doubled layers", "layers", "{'layers': ['a', 'a', 'b']}");
        row("fewer layers", "formats[0].seconds", "{'layers': ['a', 'b']}");
        row("more layers", "formats[0].seconds", "{'layers': ['a', 'b', 'c', 'd']}");
        row("no formats", "formats", "{'formats': []}");
        row("an unknown format", "formats[0].format", "{'formats': [{'format': 'w9', 'seconds': []}]}");
        row("not full precision first", "formats", "{'formats': [{'format': 'w8a8', 'seconds': [1, 2, 3]}]}");
        row("seconds that are none", "formats[0].seconds[1]",
            "{'formats': [{'format': 'fp32', 'seconds': [1, null, 3]}]}");
        row("doubled formats", "formats",
            "{'formats': [{'format': 'fp32', 'seconds': [1, 2, 3]}, "
            "{'format': 'fp32', 'seconds': [1, 2, 3]}]}");
    }

    void damagedFilesAreRefusedWithThePlace() {
        QFETCH(QString, place);
        QFETCH(QString, json);
        const auto sentence =
            refusal([&](Json& whole) { whole.merge_patch(Json::parse(json.replace('\'', '"').toStdString())); });
        QVERIFY2(sentence.find("x.latency.json") != std::string::npos &&
                     sentence.find(place.toStdString()) != std::string::npos,
                 sentence.c_str());
    }

    void missingKeysAndOtherFilesAreRefused() {
        const Json whole = Json::parse(toJson(madeUp()));
        for (const auto& entry : whole.items()) {
            const std::string key = entry.key();
            const auto sentence = refusal([&key](Json& json) { json.erase(key); });
            QVERIFY2(sentence.find(key) != std::string::npos, sentence.c_str());
        }
        QVERIFY(!failureOf(kBad, [] { parseLatency("[]", "x"); }).empty());
        const std::string text = toJson(madeUp());
        QVERIFY(!failureOf(kBad, [&] { parseLatency(text.substr(0, text.size() / 2), "x"); }).empty());
    }

    void numbersOfAnotherModelAreRefused() {
        ldm::ModelInfo model = threeLayers();
        requireOf(madeUp(), model);
        model.layers.pop_back();
        QVERIFY(!failureOf(kBad, [&] { requireOf(madeUp(), model); }).empty());
        model = threeLayers();
        model.fingerprint = "sha256:other";
        QVERIFY(failureOf(kBad, [&] { requireOf(madeUp(), model); }).find("'small'") != std::string::npos);
    }

    void everyLayerIsTimedInEveryFormat() {
        const ldm::Model model = support::tinyModel();
        std::vector<std::string> stages;
        std::int64_t last = 0;
        const auto found = measureLatency(model, {.formats = {kW4A8, Format{}, kW8A8, kW4A8}, .rounds = 2}, {},
                                          [&](const ldm::Progress& progress) {
                                              QVERIFY(progress.done == last + 1 && progress.done <= progress.total);
                                              last = progress.done;
                                          });
        QVERIFY(found);
        requireOf(*found, model.info());
        QCOMPARE(last, std::int64_t(model.info().layers.size()) + 2);
        QCOMPARE(found->formats.size(), std::size_t(3)); // full precision comes by itself, and each once
        QVERIFY(found->formats[0].format == Format{} && found->formats[1].format == kW4A8);
        for (const FormatLatency& row : found->formats) {
            QCOMPARE(row.seconds.size(), model.info().layers.size());
            for (const double seconds : row.seconds) QVERIFY(std::isfinite(seconds) && seconds > 0);
        }
        QVERIFY(found->restSeconds > 0);
        QVERIFY(found->machine == thisMachine() && !found->machine.processor.empty());
        QCOMPARE(found->samples, 2);
        QCOMPARE(found->width, model.info().defaultWidth);
        QVERIFY(parseLatency(toJson(*found), "x") == *found);
    }

    void settingsThatCannotBeUsedAreRefused() {
        const ldm::Model model = support::tinyModel();
        for (const int rounds : {0, -1, kMostRounds + 1})
            QVERIFY(!failureOf(kBad, [&] { measureLatency(model, {.formats = {}, .rounds = rounds}); }).empty());
        QVERIFY(!failureOf(kBad, [&] { measureLatency(model, {.formats = {}, .width = 3, .height = 3}); }).empty());
    }

    void aStopLeavesNothing() {
        std::stop_source stop;
        const ldm::Model model = support::tinyModel();
        const auto stopsSoon = [&stop](const ldm::Progress&) { stop.request_stop(); };
        QVERIFY(!measureLatency(model, {.formats = {kW8A8}}, stop.get_token(), stopsSoon));
        QVERIFY(!timeSteps(model, {uniform(kW8A8)}, {}, stop.get_token()));
    }

    void bf16IsTimedAgainstFp32OrRefused() {
        const ldm::Model model = support::tinyModel();
        if (!ldm::hasBf16Products()) {
            const std::string reason = failureOf(kBad, [&] { timeBf16(model, {.formats = {}}); });
            QVERIFY2(reason.find("no instructions for bf16") != std::string::npos, reason.c_str());
            return;
        }
        const auto time = timeBf16(model, {.formats = {}, .rounds = 2});
        QVERIFY(time && time->seconds > 0 && time->fullSeconds > 0);
        // Eight bits of mantissa leave about 48 dB in one rounding, and the network adds some up.
        QVERIFY2(time->db > 25 && time->db < 70, qPrintable(QString::number(time->db)));
    }

    void integerProductsAreThoseOfFloats() {
        const ldm::Model model = support::tinyModel();
        quant::Recipe treated = uniform(kW4A8);
        treated.name = "treated";
        treated.lowRank = quant::LowRank{2, {"unet.mid_block.**.conv1"}};
        treated.calibration.steps = "first";
        const auto times =
            timeSteps(model, {uniform(kW4A8), treated, uniform(parseFormat("wfp16a8"))}, {.formats = {}, .rounds = 2});
        QVERIFY(times && times->size() == 3);
        for (const StepTime& time : *times) {
            QVERIFY(time.seconds > 0 && time.fullSeconds > 0);
            QCOMPARE(time.formats.size(), model.info().layers.size());
        }
        const bool isExact = quant::integerSupport(kW4A8) == quant::IntegerSupport::Exact;
        // Values next to a rounding border flip with the last bit of a sum: far less than the format itself costs.
        QVERIFY2(times->at(0).productsDb > std::max(40.0, times->at(0).db + 10),
                 qPrintable(QString::number(times->at(0).productsDb)));
        QCOMPARE(times->at(0).productsDb == kExact, !isExact);
        QCOMPARE(times->at(2).productsDb, kExact);
        const auto treatedLayers = [](const StepTime& time) {
            return std::count(time.isTreated.begin(), time.isTreated.end(), true);
        };
        QCOMPARE(treatedLayers(times->at(0)), 0);
        QVERIFY(treatedLayers(times->at(1)) > 0);
        QCOMPARE(QString::fromStdString(times->at(1).name), QString("treated"));
    }
};

NOISEFLOOR_TEST(LatencyTest)
#include "tst_latency.moc"
