#include "cases.h"

#include <analysis/calibrationcheck.h>
#include <analysis/endtoend.h>
#include <analysis/localtreatment.h>
#include <analysis/treatmenttrial.h>

#include <QTemporaryDir>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using analysis::Analysis;
using analysis::LocalTreatment;
using analysis::Metric;
using analysis::SensitiveLayer;
using analysis::TimeRanges;
using quant::ActivationFormat;
using quant::Format;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr Format kW8A8{WeightFormat::Int8, ActivationFormat::Int8};

/// Ten layers in one block; the first knows the timestep alone, and one that reads a skip.
ldm::ModelInfo tenLayers() {
    ldm::ModelInfo model;
    model.name = "ten";
    model.fingerprint = "sha256:ten";
    model.blocks.push_back({"unet.mid_block", {}, 0});
    for (int i = 0; i < 10; ++i) {
        ldm::LayerInfo layer;
        layer.name = "unet.mid_block.l" + std::to_string(i);
        layer.block = "unet.mid_block";
        layer.weightShape = {32, 32};
        layer.ofTimestepAlone = i == 0;
        layer.skipStart = i == 1 ? 16 : 0;
        model.layers.push_back(layer);
        model.blocks[0].layers.push_back(i);
    }
    return model;
}

/// By layer: row i has 10 (i + 1) dB at both timesteps, and ranges that vary (i + 1)-fold.
Analysis byLayer() {
    const ldm::ModelInfo model = tenLayers();
    Analysis analysis;
    analysis.model = {model.name, model.fingerprint};
    analysis.settings.level = analysis::Level::Layer;
    analysis.timesteps = {900, 100};
    analysis::Grid grid(10, 2);
    analysis::ActivationRanges ranges;
    ranges.columns = 2;
    for (int row = 0; row < 10; ++row) {
        const std::string& name = model.layers[std::size_t(row)].name;
        analysis.blocks.push_back({name, {name}, 1});
        grid.at(row, 0) = grid.at(row, 1) = 10.0 * (row + 1);
        ranges.layers.push_back(name);
        ranges.ranges.push_back({-1, 1});
        ranges.ranges.push_back({-float(row + 1), float(row + 1)});
    }
    analysis.maps.push_back({Metric::Local, kW8A8, grid});
    analysis.activations = ranges;
    return analysis;
}

std::vector<std::string> smoothed(const Recipe& recipe) {
    std::vector<std::string> names;
    if (recipe.smoothing)
        for (const auto& module : recipe.smoothing->modules) names.push_back(module.match);
    return names;
}

} // namespace

class LocalTreatmentTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        support::put(m_folder.filePath("prompts.txt").toStdString(), "a red circle\n");
    }

    void theWorstShareOfLayersIsSensitive() {
        const auto worst = analysis::sensitiveLayers(byLayer(), kW8A8, 0.3);
        QCOMPARE(worst.size(), std::size_t{3});
        for (std::size_t place = 0; place < worst.size(); ++place) {
            QCOMPARE(worst[place].layer, "unet.mid_block.l" + std::to_string(place));
            QVERIFY(std::abs(worst[place].db - 10 * double(place + 1)) < 1e-9); // a mean of powers
        }
        QCOMPARE(analysis::sensitiveLayers(byLayer(), kW8A8, 0.001).size(), std::size_t{1});
        QCOMPARE(analysis::sensitiveLayers(byLayer(), kW8A8, 1).size(), std::size_t{10});
    }

    void noisePowersAreAveragedAndExactLayersAreFine() {
        Analysis analysis = byLayer();
        analysis.maps[0].grid.at(0, 0) = analysis.maps[0].grid.at(0, 1) = analysis::kExact;
        analysis.maps[0].grid.at(9, 1) = 3; // one bad step outweighs a good one
        const auto worst = analysis::sensitiveLayers(analysis, kW8A8, 1);
        QCOMPARE(worst.size(), std::size_t{9});
        QCOMPARE(worst[0].layer, std::string("unet.mid_block.l9"));
        QVERIFY(std::abs(worst[0].db - (3 + 10 * std::log10(2.0))) < 1e-6);
    }

    void whatCannotBeRankedIsRefused() {
        Analysis analysis = byLayer();
        const auto refusal = [&](Format format, double share) {
            return failureOf(ldm::ErrorKind::BadInput, [&] { analysis::sensitiveLayers(analysis, format, share); });
        };
        for (const double share : {0.0, -1.0, 1.5, std::numeric_limits<double>::quiet_NaN()})
            QVERIFY(contains(refusal(kW8A8, share), "above 0 and up to 1"));
        QVERIFY(contains(refusal({WeightFormat::Int4, ActivationFormat::Int8}, 0.1), "w4a8"));
        analysis.settings.level = analysis::Level::Block;
        QVERIFY(contains(refusal(kW8A8, 0.1), "--level layer"));
    }

    void theProposalIsAnEditOfTheRecipe() {
        Recipe recipe;
        recipe.rules = {{"unet.mid_block.l3", {}, ActivationFormat::Fp16, {}, ""}};
        recipe.smoothing = quant::Smoothing{{}, {{"unet.mid_block.l2", 0.7}}};
        const Recipe treated = analysis::withLocalTreatment(recipe, byLayer(), tenLayers(), {.share = 0.5});
        // Not l0, which is exact, nor l3, whose inputs are not quantized; l2 as it was.
        QVERIFY((smoothed(treated) ==
                 std::vector<std::string>{"unet.mid_block.l2", "unet.mid_block.l1", "unet.mid_block.l4"}));
        QVERIFY(treated.smoothing->modules[0].alpha == 0.7 && !treated.smoothing->modules[1].alpha);
        QVERIFY(treated.splitSkips && treated.precomputedTimeEmbedding);
        QCOMPARE(treated.calibration.intervals, 4);
        QVERIFY(treated.rules == recipe.rules);
        QVERIFY(quant::resolve(treated, tenLayers()).warnings.empty());
    }

    void timeSensitiveLayersCanHaveDynamicRanges() {
        const LocalTreatment how{.share = 0.2,
                                 .timeRatio = 9.5,
                                 .timeRanges = TimeRanges::Dynamic,
                                 .splitSkips = false,
                                 .precomputedTimeEmbedding = false};
        const Recipe treated = analysis::withLocalTreatment({}, byLayer(), tenLayers(), how);
        QCOMPARE(treated.rules.size(), std::size_t{1}); // l9 varies 10-fold; l8 does not reach the ratio
        QCOMPARE(treated.rules[0].match, std::string("unet.mid_block.l9"));
        QVERIFY(treated.rules[0].activations == ActivationFormat::Int8Token);
        QVERIFY2(contains(treated.rules[0].why, "10.0-fold"), treated.rules[0].why.c_str());
        QVERIFY(!treated.splitSkips && !treated.precomputedTimeEmbedding);
        QCOMPARE(treated.calibration.intervals, 1);
    }

    void rangesThatStayTheSameAreLeftFixed() {
        Analysis analysis = byLayer();
        analysis.activations->ranges.assign(20, {-1, 1});
        QCOMPARE(analysis::withLocalTreatment({}, analysis, tenLayers()).calibration.intervals, 1);
        analysis.activations.reset();
        QVERIFY(contains(
            failureOf(ldm::ErrorKind::BadInput, [&] { analysis::withLocalTreatment({}, analysis, tenLayers()); }),
            "activation ranges"));
        analysis::withLocalTreatment({}, analysis, tenLayers(), {.timeRanges = TimeRanges::Fixed});
    }

    void sensitivityIsJudgedInTheNearestFormat() {
        Analysis analysis = byLayer();
        analysis::SqnrMap other = analysis.maps[0];
        other.format = {WeightFormat::Int4, ActivationFormat::Int8};
        for (double& db : other.grid.db) db = 200 - db;
        analysis.maps.push_back(other);
        Recipe recipe;
        recipe.base = {WeightFormat::Int4G32, ActivationFormat::Int8};
        QCOMPARE(smoothed(analysis::withLocalTreatment(recipe, analysis, tenLayers())).front(),
                 std::string("unet.mid_block.l9"));
        analysis.maps = {analysis.maps[0]};
        analysis.maps[0].format = {WeightFormat::Int8, ActivationFormat::Fp32};
        QVERIFY(contains(
            failureOf(ldm::ErrorKind::BadInput, [&] { analysis::withLocalTreatment(recipe, analysis, tenLayers()); }),
            "--level layer"));
    }

    void anAnalysisOfAnotherModelIsRefused() {
        ldm::ModelInfo other = tenLayers();
        other.fingerprint = "sha256:eleven";
        QVERIFY(contains(
            failureOf(ldm::ErrorKind::BadInput, [&] { analysis::withLocalTreatment({}, byLayer(), other); }), "'ten'"));
    }

    void alphasAreWrittenDownAndUselessSmoothingIsDropped() {
        const ldm::Model model = support::tinyModel();
        Recipe recipe = tinyRecipe();
        recipe.smoothing = quant::Smoothing{{}, {{"unet.**.ff.**", {}}, {"unet.conv_in", 0.33}}};
        const auto found = analysis::withSearchedAlphas(model, recipe, tinySettings());
        QVERIFY(found && found->smoothing);
        QVERIFY(!found->smoothing->alpha);
        for (const auto& [match, alpha] : found->smoothing->modules) {
            QVERIFY(model.info().layerIndex(match) >= 0);
            QVERIFY2(alpha && (match == "unet.conv_in" ? *alpha == 0.33 : *alpha >= 0.1), match.c_str());
        }
        QVERIFY(analysis::withSearchedAlphas(model, *found, tinySettings()) == found);
        recipe.base = {};
        recipe.smoothing->modules.pop_back();
        const auto useless = analysis::withSearchedAlphas(model, recipe, tinySettings());
        QVERIFY(useless && !useless->smoothing);
        std::stop_source stop;
        stop.request_stop();
        recipe.base = kW8A8;
        QVERIFY(!analysis::withSearchedAlphas(model, recipe, tinySettings(), stop.get_token()));
    }

    void partsStayThatHelpOnOtherPictures_data() {
        QTest::addColumn<int>("activations");
        QTest::addColumn<bool>("helps");
        QTest::newRow("full precision") << int(ActivationFormat::Fp32) << true;
        QTest::newRow("four bits") << int(ActivationFormat::Int4) << false;
    }

    void partsStayThatHelpOnOtherPictures() {
        QFETCH(int, activations);
        QFETCH(bool, helps);
        const ldm::Model model = support::tinyModel();
        const Recipe plain = tinyRecipe();
        Recipe treated = plain;
        treated.rules.push_back({"unet.mid_block", {}, ActivationFormat(activations), {}, ""});
        const auto trial = analysis::triedTreatment(model, plain, treated, tinySettings());
        QVERIFY(trial);
        QCOMPARE(trial->tried.size(), std::size_t{1});
        QCOMPARE(trial->tried[0].kept, helps);
        QCOMPARE(trial->tried[0].db > trial->plainDb, helps);
        QVERIFY(trial->recipe == (helps ? treated : plain));
    }

    void everyPartIsTriedBesideThoseKeptBefore() {
        const ldm::Model model = support::tinyModel();
        const Recipe plain = tinyRecipe();
        Recipe treated = plain;
        treated.smoothing = quant::Smoothing{{}, {{"unet.conv_in", 0.5}}};
        treated.calibration.intervals = 2;
        treated.splitSkips = treated.precomputedTimeEmbedding = true;
        const auto trial = analysis::triedTreatment(model, plain, treated, tinySettings());
        QVERIFY(trial);
        QCOMPARE(trial->tried.size(), std::size_t{4});
        double best = trial->plainDb;
        for (const auto& [what, db, kept] : trial->tried) {
            QVERIFY2(kept == (db > best), what.c_str());
            best = std::max(best, db);
        }
        QCOMPARE(trial->recipe.smoothing.has_value(), trial->tried[0].kept);
        QCOMPARE(trial->recipe.calibration.intervals, trial->tried[1].kept ? 2 : 1);
        QCOMPARE(trial->recipe.splitSkips, trial->tried[2].kept);
        QCOMPARE(trial->recipe.precomputedTimeEmbedding, trial->tried[3].kept);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!analysis::triedTreatment(model, plain, treated, tinySettings(), stop.get_token()));
    }

    void bothCalibrationsAreMeasured() {
        const ldm::Model model = support::tinyModel();
        const auto check = analysis::checkCalibrations(model, tinyRecipe(), tinySettings());
        QVERIFY(check);
        QVERIFY(std::isfinite(check->first.db) && std::isfinite(check->all.db));
        QVERIFY(check->first.db != check->all.db);
        QVERIFY(check->first.seconds > 0 && check->all.seconds > 0);
        Recipe all = tinyRecipe();
        all.calibration.steps = "all";
        const auto measured = analysis::EndToEnd(model, tinySettings()).measure(all);
        QVERIFY(measured && *measured == check->all.db);
    }

    void recipesWithoutCalibrationAreNotCompared() {
        const ldm::Model model = support::tinyModel();
        Recipe recipe = tinyRecipe();
        recipe.calibration.file = "x.safetensors";
        QVERIFY(contains(
            failureOf(ldm::ErrorKind::BadInput, [&] { analysis::checkCalibrations(model, recipe, tinySettings()); }),
            "x.safetensors"));
        recipe.base = {WeightFormat::Int8, ActivationFormat::Fp32};
        QVERIFY(contains(
            failureOf(ldm::ErrorKind::BadInput, [&] { analysis::checkCalibrations(model, recipe, tinySettings()); }),
            "nothing to calibrate"));
    }

private:
    Recipe tinyRecipe() const {
        Recipe recipe;
        recipe.base = kW8A8;
        recipe.calibration.prompts = m_folder.filePath("prompts.txt").toStdString();
        return recipe;
    }

    static analysis::AnalysisSettings tinySettings() { return support::tinySettings({Metric::Local}, "w8a8"); }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(LocalTreatmentTest)
#include "tst_localtreatment.moc"
