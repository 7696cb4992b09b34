#include "cases.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>

#include <fstream>
#include <limits>

using namespace analysis;
using Json = nlohmann::json;

namespace {

/// Two blocks, three timesteps, two metrics, one format; one special cell of each kind.
Analysis example() {
    Analysis analysis;
    analysis.model = {"tiny", "sha256:00ff"};
    analysis.settings.metrics = {Metric::Output, Metric::Local};
    analysis.settings.formats = {quant::parseFormat("w8a8")};
    analysis.settings.prompts = {"caf\xC3\xA9", "a \"quoted\" cat"};
    analysis.settings.negative = "blurry";
    analysis.settings.steps = 3;
    analysis.settings.guidance = 4.25;
    analysis.settings.seed = std::numeric_limits<std::uint64_t>::max();
    analysis.settings.width = analysis.settings.height = 64;
    analysis.settings.calibration = "first";
    analysis.settings.latents = "noise.safetensors";
    analysis.blocks = {{"unet.conv_in", {"unet.conv_in"}, 1216}, {"unet.mid_block", {"unet.mid_block.a", "b"}, 77}};
    analysis.timesteps = {667, 334, 1};
    Grid grid(2, 3);
    grid.db = {kExact, 31.25, 1.0 / 3.0, -300, kNotMeasured, 1e-17};
    analysis.maps = {{Metric::Output, analysis.settings.formats[0], grid},
                     {Metric::Local, analysis.settings.formats[0], grid}};
    grid.db[0] = 123.456;
    analysis.floors = {{Metric::Output, grid}, {Metric::Local, Grid(2, 3)}};
    analysis.timingSeconds = {{"blocks", 1.5}, {"trajectory", 0.25}};
    return analysis;
}

} // namespace

class AnalysisJsonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenIsReadBackEqual() {
        const auto written = example();
        const auto read = parseAnalysis(toJson(written), "a.analysis.json");
        QVERIFY(support::sameMaps(written, read));
        QCOMPARE(read.model, written.model);
        QVERIFY(read.settings == written.settings);
        QVERIFY(read.blocks == written.blocks);
        QCOMPARE(read.timesteps, written.timesteps);
        QVERIFY(read.timingSeconds == written.timingSeconds);
        QCOMPARE(toJson(read), toJson(written));
    }

    void choicesOfASamplerAreWrittenAndMayBeAbsent() {
        auto written = example();
        written.timesteps = {667, 334, 334}; // as samplers that run one twice have them
        written.settings.negative.reset();
        written.settings.eta = 0.5;
        written.settings.clipSkip = 2;
        written.settings.weightedPrompts = true;
        const auto read = parseAnalysis(toJson(written), "a.analysis.json");
        QVERIFY(read.settings == written.settings);
        QCOMPARE(read.timesteps, written.timesteps);
        auto old = Json::parse(toJson(example()));
        for (const char* key : {"eta", "clip_skip", "weighted_prompts"}) old["settings"].erase(key);
        QVERIFY(parseAnalysis(old.dump(), "a.analysis.json").settings == example().settings);
    }

    void levelInputsAndActivationsAreWrittenAndMayBeAbsent() {
        auto written = example();
        written.settings.level = Level::Layer;
        written.settings.latentsHash = "sha256:ab";
        written.settings.device = ldm::DeviceKind::Cuda;
        written.settings.precision = ldm::Precision::Bf16;
        written.activations = ActivationRanges{{"unet.conv_in", "b"}, 3, {}};
        for (const float lo : {-1.0F, -0.1F, -3e-20F, 0.0F, -7.25F, -1e30F})
            written.activations->ranges.push_back({lo, lo + 0.3F});
        const auto text = toJson(written);
        const auto read = parseAnalysis(text, "a.analysis.json");
        QVERIFY(read.settings == written.settings);
        QVERIFY(read.activations == written.activations); // to the last bit, though written in few digits
        QVERIFY(text.find("-0.1,") != std::string::npos);
        auto old = Json::parse(toJson(example()));
        for (const char* key : {"level", "latents_hash", "device", "precision"}) old["settings"].erase(key);
        const auto loaded = parseAnalysis(old.dump(), "a.analysis.json");
        QVERIFY(loaded.settings == example().settings);
        QVERIFY(!loaded.activations);
    }

    void everyMetricHasItsMap() {
        auto written = example();
        written.settings.metrics = {Metric::Weights, Metric::Local,       Metric::Output,
                                    Metric::Others,  Metric::Accumulated, Metric::Final};
        written.maps.clear();
        written.floors.clear();
        for (const auto metric : written.settings.metrics)
            written.maps.push_back({metric, written.settings.formats[0], example().maps[0].grid});
        for (const auto metric : {Metric::Local, Metric::Output, Metric::Others, Metric::Accumulated, Metric::Final})
            written.floors.emplace(metric, Grid(2, 3));
        const auto text = toJson(written);
        QVERIFY(!Json::parse(text).contains("floor")); // weights come first and have none
        QVERIFY(support::sameMaps(parseAnalysis(text, "a.analysis.json"), written));
    }

    void sharesAndTheirSpreadsAreReadBackAndRefusedWhereTheyDoNotMatch() {
        auto written = example();
        written.settings.metrics = {Metric::Information};
        Grid share(2, 3);
        Grid spread(2, 3);
        share.db = {0.5, 1.01, kUnknowable, kNotMeasured, -0.125, 0};
        spread.db = {0.25, 0, kNotMeasured, kNotMeasured, 1.0 / 3.0, 0};
        written.maps = {{Metric::Information, written.settings.formats[0], share, spread}};
        written.floors.clear();
        const auto read = parseAnalysis(toJson(written), "a.analysis.json");
        QVERIFY(support::sameMaps(read, written));
        const auto json = Json::parse(toJson(written));
        QCOMPARE(json["maps"][0]["share"][0][2].get<std::string>(), std::string("unknown"));
        QVERIFY(json["maps"][0]["spread"][0][2].is_null() && !json["maps"][0].contains("db") &&
                !json.contains("floor"));
        const auto refusal = [&](const char* patch) {
            return support::failureOf(ldm::ErrorKind::BadInput,
                                      [&] { parseAnalysis(json.patch(Json::parse(patch)).dump(), "a.analysis.json"); });
        };
        const char* const kNegative = R"([{"op":"replace","path":"/maps/0/spread/0/0","value":-1}])";
        const char* const kAlone = R"([{"op":"replace","path":"/maps/0/spread/0/0","value":null}])";
        const char* const kExactShare = R"([{"op":"replace","path":"/maps/0/share/0/0","value":"exact"}])";
        const char* const kDecibels = R"([{"op":"move","from":"/maps/0/share","path":"/maps/0/db"}])";
        for (const char* patch : {kNegative, kAlone}) QVERIFY(support::contains(refusal(patch), "spread"));
        QVERIFY(support::contains(refusal(kExactShare), "share of information"));
        QVERIFY(!refusal(kDecibels).empty());
    }

    void theFileHasTheDocumentedShape() {
        const auto json = Json::parse(toJson(example()));
        QCOMPARE(json.at("noisefloor_analysis").get<int>(), 1);
        const auto& map = json.at("maps").at(0);
        QCOMPARE(map.at("metric").get<std::string>(), std::string("output"));
        QCOMPARE(map.at("format").get<std::string>(), std::string("w8a8"));
        QCOMPARE(map.at("db").size(), std::size_t(2));
        QCOMPARE(map.at("db").at(0).at(0).get<std::string>(), std::string("exact"));
        QVERIFY(map.at("db").at(1).at(1).is_null());
        QCOMPARE(json.at("blocks").at(0).at("params").get<int>(), 1216);
    }

    void theTopLevelFloorIsThatOfTheFirstMetric() {
        const auto json = Json::parse(toJson(example()));
        QCOMPARE(json.at("floor").at(0).at(0).get<double>(), 123.456);
        const auto& last = json.at("maps").back();
        QCOMPARE(last.at("format").get<std::string>(), std::string("fp32"));
        QCOMPARE(last.at("metric").get<std::string>(), std::string("local"));
    }

    void mapsThatAreAbsentAreNotMeasuredYet() {
        auto json = Json::parse(toJson(example()));
        json["maps"] = Json::array();
        json.erase("floor");
        json.erase("timing");
        const auto read = parseAnalysis(json.dump(), "a.json");
        QCOMPARE(read.maps.size(), std::size_t(2));
        QCOMPARE(read.floors.size(), std::size_t(2));
        QVERIFY(std::isnan(read.maps[0].grid.at(0, 0)));
        QVERIFY(!read.complete());
    }

    void badFilesAreRefusedWithFileAndPlace_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("place");
        const auto row = [](const char* name, const char* patch, const char* place) {
            QTest::newRow(name) << patch << place;
        };
        row("unknown key", R"([{"op":"add","path":"/extra","value":1}])", "'extra'");
        row("missing key", R"([{"op":"remove","path":"/blocks"}])", "'blocks'");
        row("newer version", R"([{"op":"replace","path":"/noisefloor_analysis","value":2}])", "noisefloor_analysis");
        row("model is text", R"([{"op":"replace","path":"/model","value":"tiny"}])", "model");
        row("unknown setting", R"([{"op":"add","path":"/settings/sampler","value":"x"}])", "'sampler'");
        row("unknown metric", R"([{"op":"replace","path":"/settings/metrics/0","value":"psnr"}])",
            "settings.metrics[0]");
        row("no metric", R"([{"op":"replace","path":"/settings/metrics","value":[]}])", "settings.metrics");
        row("metric twice", R"([{"op":"replace","path":"/settings/metrics","value":["local","local"]}])",
            "settings.metrics");
        row("unknown format", R"([{"op":"replace","path":"/settings/formats/0","value":"w3"}])", "settings.formats[0]");
        row("steps of zero", R"([{"op":"replace","path":"/settings/steps","value":0}])", "settings.steps");
        row("steps with a fraction", R"([{"op":"replace","path":"/settings/steps","value":2.5}])", "settings.steps");
        row("steps beyond all", R"([{"op":"replace","path":"/settings/steps","value":1e18}])", "settings.steps");
        row("negative seed", R"([{"op":"replace","path":"/settings/seed","value":-1}])", "settings.seed");
        row("unknown calibration", R"([{"op":"replace","path":"/settings/calibration","value":"some"}])",
            "settings.calibration");
        row("prompt is a number", R"([{"op":"replace","path":"/settings/prompts/1","value":5}])",
            "settings.prompts[1]");
        row("block without id", R"([{"op":"remove","path":"/blocks/1/id"}])", "blocks[1]");
        row("clip skip below zero", R"([{"op":"replace","path":"/settings/clip_skip","value":-1}])",
            "settings.clip_skip");
        row("eta of text", R"([{"op":"replace","path":"/settings/eta","value":"0"}])", "settings.eta");
        row("weights of text", R"([{"op":"replace","path":"/settings/weighted_prompts","value":"no"}])",
            "settings.weighted_prompts");
        row("negative parameters", R"([{"op":"replace","path":"/blocks/0/params","value":-5}])", "blocks[0].params");
        row("timesteps ascend", R"([{"op":"replace","path":"/timesteps","value":[1,334,667]}])", "timesteps[1]");
        row("timestep beyond 999", R"([{"op":"replace","path":"/timesteps/0","value":1000}])", "timesteps[0]");
        row("too few rows", R"([{"op":"remove","path":"/maps/0/db/1"}])", "maps[0].db");
        row("too many rows", R"([{"op":"add","path":"/maps/0/db/1","value":[1,2,3]}])", "maps[0].db");
        row("short row", R"([{"op":"remove","path":"/maps/1/db/1/2"}])", "maps[1].db[1]");
        row("long row", R"([{"op":"add","path":"/maps/1/db/1/0","value":3}])", "maps[1].db[1]");
        row("cell of text", R"([{"op":"replace","path":"/maps/0/db/0/1","value":"inf"}])", "maps[0].db[0][1]");
        row("cell of truth", R"([{"op":"replace","path":"/maps/0/db/0/1","value":true}])", "maps[0].db[0][1]");
        row("map twice", R"([{"op":"replace","path":"/maps/1/metric","value":"output"}])", "maps[1]");
        row("map of no setting", R"([{"op":"replace","path":"/maps/0/format","value":"w4a8"}])", "maps[0]");
        row("floor twice", R"([{"op":"replace","path":"/maps/2/metric","value":"output"}])", "maps[2]");
        row("floor of wrong shape", R"([{"op":"replace","path":"/floor","value":[[1]]}])", "floor");
        row("unknown level", R"([{"op":"replace","path":"/settings/level","value":"row"}])", "settings.level");
        row("unknown device", R"([{"op":"replace","path":"/settings/device","value":"tpu"}])", "settings.device");
        row("unknown precision", R"([{"op":"replace","path":"/settings/precision","value":"fp8"}])",
            "settings.precision");
        row("floor of weights", R"([{"op":"replace","path":"/settings/metrics","value":["weights","local"]}])",
            "floor");
        row("activations without layers", R"([{"op":"add","path":"/activations","value":{"lo":[],"hi":[]}}])",
            "activations");
        row("too few bounds", R"([{"op":"add","path":"/activations","value":{"layers":["a"],"lo":[[0,0,0]],"hi":[]}}])",
            "activations.hi");
        row("short row of bounds",
            R"([{"op":"add","path":"/activations","value":{"layers":["a"],"lo":[[0,0]],"hi":[[0,0,0]]}}])",
            "activations.lo[0]");
        row("bounds the wrong way round",
            R"([{"op":"add","path":"/activations","value":{"layers":["a"],"lo":[[0,9,0]],"hi":[[0,0,0]]}}])",
            "activations");
        row("a bound beyond float32",
            R"([{"op":"add","path":"/activations","value":{"layers":["a"],"lo":[[0,0,0]],"hi":[[0,1e300,0]]}}])",
            "activations.hi[0][1]");
        row("timing is text", R"([{"op":"replace","path":"/timing/blocks","value":"1 s"}])", "timing.blocks");
    }

    void badFilesAreRefusedWithFileAndPlace() {
        QFETCH(QString, patch);
        QFETCH(QString, place);
        const auto text = Json::parse(toJson(example())).patch(Json::parse(patch.toStdString())).dump();
        const auto sentence =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { parseAnalysis(text, "bad.analysis.json"); });
        QVERIFY2(sentence.find("bad.analysis.json") != std::string::npos, sentence.c_str());
        QVERIFY2(sentence.find(place.toStdString()) != std::string::npos, sentence.c_str());
    }

    void whatIsNoJsonOrNoAnalysisIsRefused() {
        const auto whole = toJson(example());
        for (const std::string& text :
             {std::string(), std::string("{}"), std::string("[1]"), std::string("null"),
              whole.substr(0, whole.size() / 2), whole + "x", std::string("{\"a\":1,\"a\":2}"),
              std::string(100000, '['), std::string("{\"noisefloor_recipe\":1}"),
              std::string("{\"noisefloor_analysis\":1e999}"), std::string("\"\xff\"")}) {
            const auto sentence = support::failureOf(ldm::ErrorKind::BadInput, [&] { parseAnalysis(text, "x.json"); });
            QVERIFY2(sentence.find("x.json") != std::string::npos, text.substr(0, 60).c_str());
        }
    }

    void aSmallFileCannotAskForMuchMemory() {
        auto json = Json::parse(toJson(example()));
        json["maps"] = Json::array();
        json.erase("floor");
        for (int i = 0; i < 9000; ++i)
            json["blocks"].push_back({{"id", std::to_string(i)}, {"layers", Json::array()}, {"params", 0}});
        json["timesteps"] = Json::array();
        for (int t = 999; t >= 0; --t) json["timesteps"].push_back(t);
        const auto sentence =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { parseAnalysis(json.dump(), "big.json"); });
        QVERIFY2(sentence.find("16 million") != std::string::npos, sentence.c_str());
    }

    void aSavedFileIsLoaded() {
        const QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "a.analysis.json";
        saveAnalysis(example(), file);
        QVERIFY(support::sameMaps(loadAnalysis(file), example()));
        QVERIFY(
            !support::failureOf(ldm::ErrorKind::BadInput, [&] { loadAnalysis(file.parent_path() / "no"); }).empty());
        QVERIFY(
            !support::failureOf(ldm::ErrorKind::WriteFailed, [&] { saveAnalysis(example(), file / "below"); }).empty());
    }
};

NOISEFLOOR_TEST(AnalysisJsonTest)
#include "tst_analysisjson.moc"
