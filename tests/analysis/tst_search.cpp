#include "cases.h"

#include "support/madeuplatency.h"

#include <analysis/search.h>

#include <limits>

using namespace analysis;
using quant::Format;
using quant::parseFormat;
using support::failureOf;

namespace {

constexpr ldm::ErrorKind kBad = ldm::ErrorKind::BadInput;

ldm::LayerInfo layer(const std::string& name, const std::string& block, std::int64_t in) {
    ldm::LayerInfo info;
    info.name = name;
    info.block = block;
    info.weightShape = {16, in};
    return info;
}

/// Four blocks of different sizes; the second is an attention with its three projections.
ldm::ModelInfo smallModel() {
    ldm::ModelInfo model;
    model.name = "small";
    model.fingerprint = "sha256:small";
    model.layers = {layer("unet.a.x", "unet.a", 32),         layer("unet.b.attn.to_q", "unet.b", 16),
                    layer("unet.b.attn.to_k", "unet.b", 16), layer("unet.b.attn.to_v", "unet.b", 16),
                    layer("unet.c.x", "unet.c", 128),        layer("unet.d.x", "unet.d", 64),
                    layer("unet.d.y", "unet.d", 24)};
    model.blocks = {{"unet.a", {0}, 512}, {"unet.b", {1, 2, 3}, 768}, {"unet.c", {4}, 2048}, {"unet.d", {5, 6}, 1408}};
    model.otherUnetBytes = 100;
    return model;
}

/// Noise of the blocks in w8a8, end to end; other formats have a fixed share of it.
constexpr double kNoise[] = {1e-3, 4e-3, 2e-3, 5e-4};
const std::vector<std::pair<std::string, double>> kFormats{
    {"w8a8", 1}, {"w4a8", 6}, {"w8a16", 0.2}, {"wfp16a16", 0.01}};

Analysis measuredAnalysis(Level level = Level::Block) {
    const ldm::ModelInfo model = smallModel();
    Analysis analysis;
    analysis.model = {model.name, model.fingerprint};
    analysis.timesteps = {951, 801, 651, 501, 351, 201};
    analysis.settings.level = level;
    analysis.settings.prompts = {"a"};
    analysis.settings.metrics = {Metric::Final, Metric::Output};
    std::vector<double> noise;
    for (std::size_t block = 0; block < model.blocks.size(); ++block) {
        const auto& layers = model.blocks[block].layers;
        if (level == Level::Block) {
            BlockRow& row = analysis.blocks.emplace_back(BlockRow{model.blocks[block].id, {}, 1});
            for (const int index : layers) row.layers.push_back(model.layers[std::size_t(index)].name);
            noise.push_back(kNoise[block]);
        } else {
            for (const int index : layers) {
                const std::string& name = model.layers[std::size_t(index)].name;
                analysis.blocks.push_back({name, {name}, 1});
                noise.push_back(kNoise[block] / double(layers.size()) * (1 + 0.5 * index));
            }
        }
    }
    const int rows = int(analysis.blocks.size());
    const int columns = int(analysis.timesteps.size());
    for (const auto& [name, share] : kFormats) {
        analysis.settings.formats.push_back(parseFormat(name));
        for (const Metric metric : {Metric::Final, Metric::Output}) {
            SqnrMap map{metric, parseFormat(name), Grid(rows, columns)};
            for (int row = 0; row < rows; ++row)
                for (int column = 0; column < columns; ++column) {
                    // Most of the output noise is made early.
                    const double early = metric == Metric::Output && column < 2 ? 8 : 1;
                    map.grid.at(row, column) = -10 * std::log10(noise[std::size_t(row)] * share * early);
                }
            analysis.maps.push_back(std::move(map));
        }
    }
    return analysis;
}

/// What is faster is not what is smaller: the later a layer comes, the less it gains by few bits.
Latency madeUpLatency(const std::string& formats = "w8a8,w4a8,w8a16,wfp16a16") {
    return support::madeUpLatency(smallModel(), quant::parseFormats(formats), [](std::size_t layer, Format format) {
        const double bits = quant::bits(format.weights) + quant::bits(format.activations);
        return 1e-3 * double(layer + 2) * (1 + bits / double(8 * (layer + 1)));
    });
}

SearchSpace timedSpace() {
    SearchSpace space;
    space.latency = madeUpLatency();
    return space;
}

RecipeSearch searchOf(SearchSpace space = {}, Level level = Level::Block) {
    return RecipeSearch(measuredAnalysis(level), smallModel(), std::move(space));
}

/// Every recipe that gives each block one of the formats.
std::vector<Tradeoff> allRecipes(const RecipeSearch& search) {
    std::vector<Tradeoff> all;
    const ldm::ModelInfo model = smallModel();
    for (int code = 0; code < 4 * 4 * 4 * 4; ++code) {
        quant::Recipe recipe;
        for (int block = 0, rest = code; block < 4; ++block, rest /= 4) {
            const Format format = parseFormat(kFormats[std::size_t(rest % 4)].first);
            recipe.rules.push_back({model.blocks[std::size_t(block)].id, format.weights, format.activations, {}, ""});
        }
        all.push_back(search.place(recipe));
    }
    return all;
}

bool near(double a, double b, double tolerance = 1e-6) {
    return std::abs(a - b) <= tolerance;
}

Format formatOf(const quant::Recipe& recipe, const std::string& layerName, int timestep = 500) {
    const ldm::ModelInfo model = smallModel();
    return quant::resolve(recipe, model).at(timestep)[std::size_t(model.layerIndex(layerName))];
}

} // namespace

class SearchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSizeLimitHoldsAndNoOtherRecipeWithinItIsBetter() {
        const auto search = searchOf();
        for (const double bytes : {3000.0, 3700.0, 4400.0, 6000.0, 9500.0}) {
            const auto found = search.find({Goal::MaxBytes, bytes});
            QVERIFY(double(found.cost.bytes) <= bytes);
            double best = -kExact;
            for (const Tradeoff& each : allRecipes(search))
                if (double(each.cost.bytes) <= bytes) best = std::max(best, each.predictedDb);
            QVERIFY2(near(found.predicted.db.value(), best, 0.01), qPrintable(QString::number(bytes)));
            QVERIFY(found.boundDb >= best - 1e-6);
            QVERIFY(found.gap <= 1e-3);
        }
    }

    void aQualityIsReachedWithTheFewestBytes() {
        const auto search = searchOf();
        for (const double db : {17.0, 22.0, 25.0, 30.0}) {
            const auto found = search.find({Goal::MinSqnr, db});
            QVERIFY(found.predicted.db.value() >= db - 1e-9);
            double least = 1e18;
            for (const Tradeoff& each : allRecipes(search))
                if (each.predictedDb >= db) least = std::min(least, double(each.cost.bytes));
            QCOMPARE(double(found.cost.bytes), least);
            QVERIFY(found.boundCost <= least);
        }
    }

    void aQualityCanBeReachedWithTheFewestBitOperations() {
        const auto search = searchOf();
        const auto found = search.find({Goal::MinSqnr, 25, Saving::Bops});
        double least = 1e18;
        for (const Tradeoff& each : allRecipes(search))
            if (each.predictedDb >= 25) least = std::min(least, each.cost.bops);
        QVERIFY(near(found.cost.bops / least, 1, 1e-3));
    }

    void limitsOfBitOperationsAndMeanBitsHold() {
        const auto search = searchOf();
        double cheapest = 1e18;
        for (const Tradeoff& each : search.uniform()) cheapest = std::min(cheapest, each.cost.bops);
        const auto bops = search.find({Goal::MaxBops, cheapest * 1.7});
        QVERIFY(bops.cost.bops <= cheapest * 1.7 && bops.cost.bops > cheapest);
        const auto bits = search.find({Goal::MaxMeanBits, 7});
        QVERIFY(bits.cost.meanWeightBits <= 7 && bits.cost.meanWeightBits > 4);
    }

    void aTimeLimitHoldsAndNoOtherRecipeWithinItIsBetter() {
        const auto search = searchOf(timedSpace());
        const auto curve = search.paretoCurve(Saving::Seconds);
        const double low = curve.front().seconds;
        const double high = curve.back().seconds;
        for (int step = 1; step < 8; ++step) {
            const double limit = low + (high - low) * step / 8;
            const auto found = search.find({Goal::MaxSeconds, limit});
            QVERIFY(found.seconds <= limit);
            QVERIFY(near(found.seconds, *madeUpLatency().seconds(quant::resolve(found.recipe, smallModel())), 1e-12));
            double best = -kExact;
            for (const Tradeoff& each : allRecipes(search))
                if (each.seconds <= limit) best = std::max(best, each.predictedDb);
            QVERIFY2(near(found.predicted.db.value(), best, 0.01), qPrintable(QString::number(limit)));
        }
    }

    void aQualityCanBeReachedInTheLeastTime() {
        const auto search = searchOf(timedSpace());
        const auto found = search.find({Goal::MinSqnr, 25, Saving::Seconds});
        double least = 1e18;
        for (const Tradeoff& each : allRecipes(search))
            if (each.predictedDb >= 25) least = std::min(least, each.seconds);
        QVERIFY(near(found.seconds / least, 1, 1e-3));
        QVERIFY(found.boundCost <= least * (1 + 1e-9) && found.boundCost > 0.25);
    }

    void theCurveOverTimeRisesInBoth() {
        const auto curve = searchOf(timedSpace()).paretoCurve(Saving::Seconds);
        QVERIFY(curve.size() > 3);
        for (std::size_t i = 1; i < curve.size(); ++i) {
            QVERIFY(curve[i].seconds >= curve[i - 1].seconds);
            QVERIFY(curve[i].predictedDb > curve[i - 1].predictedDb);
        }
        for (const Tradeoff& each : searchOf().paretoCurve()) QVERIFY(std::isnan(each.seconds));
    }

    void timeThatWasNotMeasuredIsNotPromised() {
        QVERIFY(!failureOf(kBad, [] { searchOf().find({Goal::MaxSeconds, 1}); }).empty());
        QVERIFY(!failureOf(kBad, [] { searchOf().paretoCurve(Saving::Seconds); }).empty());
        SearchSpace space;
        space.latency = madeUpLatency("w8a8,w4a8");
        const auto untimed = failureOf(kBad, [&] { searchOf(space).find({Goal::MaxSeconds, 1}); });
        QVERIFY2(untimed.find("w8a16") != std::string::npos, untimed.c_str());
        QVERIFY(searchOf(space).find({Goal::MaxBytes, 6000}).predicted.db);
        space.formats = quant::parseFormats("w8a8,w4a8");
        QVERIFY(searchOf(space).find({Goal::MaxSeconds, 1}).seconds <= 1);
        const auto tooFast = failureOf(kBad, [&] { searchOf(space).find({Goal::MaxSeconds, 0.2}); });
        QVERIFY2(tooFast.find("ms") != std::string::npos && tooFast.find("nearest") != std::string::npos,
                 tooFast.c_str());
        space.latency->model.fingerprint = "sha256:other";
        QVERIFY(!failureOf(kBad, [&] { searchOf(space); }).empty());
    }

    void timeCountsInTheMeanWhereActivationsVaryOverTime() {
        SearchSpace space = timedSpace();
        space.timeRanges = true;
        space.formats = quant::parseFormats("w8a8,w8a16");
        const auto search = searchOf(space);
        const auto curve = search.paretoCurve(Saving::Seconds);
        const double limit = (curve.front().seconds + curve.back().seconds) / 2;
        const auto found = search.find({Goal::MaxSeconds, limit});
        QVERIFY(quant::resolve(found.recipe, smallModel()).variesOverTime());
        QVERIFY(found.seconds <= limit);
        QVERIFY(near(found.seconds, *madeUpLatency().seconds(quant::resolve(found.recipe, smallModel())), 1e-12));
    }

    void unreachableTargetsNameTheNearestReachable() {
        const auto search = searchOf();
        const auto small = failureOf(kBad, [&] { search.find({Goal::MaxBytes, 200}); });
        QVERIFY2(small.find("nearest reachable") != std::string::npos && small.find("MiB") != std::string::npos,
                 small.c_str());
        double quietest = 0;
        for (const Tradeoff& each : search.uniform()) quietest = std::max(quietest, each.predictedDb);
        const auto good = failureOf(kBad, [&] { search.find({Goal::MinSqnr, 90}); });
        const auto nearest = QString::number(quietest, 'f', 2).toStdString() + " dB";
        QVERIFY2(good.find(nearest) != std::string::npos, good.c_str());
        QVERIFY(!failureOf(kBad, [&] { search.find({Goal::MaxBops, 0}); }).empty());
    }

    void lockedBlocksKeepTheirFormat() {
        SearchSpace space;
        space.locked = {{"unet.c", parseFormat("wfp16a16")}, {"unet.a", Format{}}};
        const auto found = searchOf(space).find({Goal::MaxBytes, 9500});
        QVERIFY(formatOf(found.recipe, "unet.c.x") == parseFormat("wfp16a16"));
        QVERIFY(formatOf(found.recipe, "unet.a.x") == Format{});
    }

    void locksThatCannotBeKeptAreRefused() {
        const auto refused = [](std::vector<Lock> locks, Level level) {
            return failureOf(kBad, [&] { searchOf({{}, std::move(locks), false}, level); });
        };
        const Format w8a8 = parseFormat("w8a8");
        const Format w4a8 = parseFormat("w4a8");
        QVERIFY(refused({{"unet.a", w8a8}, {"unet.a", w4a8}}, Level::Block).find("unet.a") != std::string::npos);
        QVERIFY(refused({{"unet.a", w8a8}, {"unet.a", w8a8}}, Level::Block).empty());
        QVERIFY(refused({{"unet.nowhere", w8a8}}, Level::Block).find("unet.nowhere") != std::string::npos);
        const auto byLayer = refused({{"unet.b.attn.to_q", w8a8}}, Level::Block);
        QVERIFY2(byLayer.find("'unet.b'") != std::string::npos, byLayer.c_str());
        const auto split = refused({{"unet.b.attn.to_q", w8a8}, {"unet.b.attn.to_k", w4a8}}, Level::Layer);
        QVERIFY2(split.find("share a format") != std::string::npos, split.c_str());
        const auto unknown = refused({{"unet.d", parseFormat("wfp8a8")}}, Level::Block);
        QVERIFY2(unknown.find("wfp8a8 in 'unet.d'") != std::string::npos, unknown.c_str());
    }

    void aLockNeedsItsOwnRowAlone() {
        Analysis analysis = measuredAnalysis();
        for (auto& map : analysis.maps)
            for (int column = 0; column < map.grid.columns && map.format == parseFormat("wfp16a16"); ++column)
                map.grid.at(0, column) = kNotMeasured;
        const SearchSpace space{quant::parseFormats("w8a8,w4a8"), {{"unet.c", parseFormat("wfp16a16")}}, false};
        const auto found = RecipeSearch(analysis, smallModel(), space).find({Goal::MaxBytes, 9500});
        QVERIFY(formatOf(found.recipe, "unet.c.x") == parseFormat("wfp16a16"));
    }

    void queryKeyAndValueShareAFormat() {
        for (const double bytes : {3000.0, 3500.0, 4500.0, 6500.0}) {
            const auto found = searchOf({}, Level::Layer).find({Goal::MaxBytes, bytes});
            QVERIFY(quant::resolve(found.recipe, smallModel()).warnings.empty());
            QVERIFY(formatOf(found.recipe, "unet.b.attn.to_q") == formatOf(found.recipe, "unet.b.attn.to_v"));
        }
        SearchSpace space;
        space.locked = {{"unet.b.attn.to_k", parseFormat("w4a8")}};
        const auto found = searchOf(space, Level::Layer).find({Goal::MaxBytes, 9500});
        QVERIFY(formatOf(found.recipe, "unet.b.attn.to_q") == parseFormat("w4a8"));
    }

    void aBlockWhoseLayersAreTreatedAlikeHasOneRule() {
        const auto search = searchOf({}, Level::Layer);
        int joined = 0;
        int apart = 0;
        for (double bytes = 3000; bytes < 10500; bytes += 250) {
            const auto found = search.find({Goal::MaxBytes, bytes});
            const Format first = formatOf(found.recipe, "unet.d.x");
            const bool alike = first == formatOf(found.recipe, "unet.d.y");
            const auto rules = [&](const std::string& match) {
                return std::any_of(found.recipe.rules.begin(), found.recipe.rules.end(),
                                   [&](const quant::Rule& rule) { return rule.match == match; });
            };
            QCOMPARE(rules("unet.d"), alike && first != found.recipe.base);
            if (alike) QVERIFY(!rules("unet.d.x") && !rules("unet.d.y"));
            joined += rules("unet.d");
            apart += !alike;
        }
        QVERIFY(joined > 0 && apart > 0);
    }

    void timeRangesProtectTheStepsThatNeedIt() {
        SearchSpace space;
        space.formats = quant::parseFormats("w8a8,w8a16");
        const auto constant = searchOf(space);
        space.timeRanges = true;
        const auto varying = searchOf(space);
        const double budget = constant.uniform().front().cost.bops * 1.4;
        const auto found = varying.find({Goal::MaxBops, budget});
        QVERIFY(found.cost.bops <= budget);
        QVERIFY(found.predicted.db.value() > constant.find({Goal::MaxBops, budget}).predicted.db.value());
        const quant::Plan plan = quant::resolve(found.recipe, smallModel());
        QVERIFY(plan.variesOverTime());
        int raisedEarly = 0;
        int raisedLate = 0;
        for (const auto& info : smallModel().layers) {
            raisedEarly += formatOf(found.recipe, info.name, 999) == parseFormat("w8a16");
            raisedLate += formatOf(found.recipe, info.name, 0) == parseFormat("w8a16");
        }
        QVERIFY(raisedEarly > raisedLate);
    }

    void everyRuleSaysWhy() {
        const auto search = searchOf();
        const auto found = search.find({Goal::MaxBytes, 3700});
        QVERIFY(!found.recipe.rules.empty());
        for (const quant::Rule& rule : found.recipe.rules) {
            const bool raised = rule.why.starts_with("raised to ") && rule.why.find("removes ") != std::string::npos;
            const bool lowered = rule.why.starts_with("lowered to ") && rule.why.find("saves ") != std::string::npos;
            QVERIFY2(raised || lowered, rule.why.c_str());
            QVERIFY2(rule.why.find(" % of the output noise") != std::string::npos, rule.why.c_str());
        }
        QCOMPARE(found.recipe.provenance.metric, std::string("final"));
        QVERIFY(near(found.recipe.provenance.predictedDb.value(), found.predicted.db.value()));
        QVERIFY(!found.recipe.provenance.measuredDb);
    }

    void fewerBitsThatAreNoNoisierAreNotCalledRaised() {
        Analysis analysis = measuredAnalysis();
        for (auto& map : analysis.maps) // in the second block w8a8 is as good as w8a16
            for (int column = 0; column < map.grid.columns && map.format == parseFormat("w8a8"); ++column)
                map.grid.at(1, column) = 90;
        const SearchSpace space{quant::parseFormats("w8a8,w8a16"), {}, false};
        const auto found = RecipeSearch(analysis, smallModel(), space).find({Goal::MaxBytes, 1e6});
        QCOMPARE(found.recipe.rules.size(), std::size_t(1));
        const quant::Rule& rule = found.recipe.rules.front();
        QCOMPARE(rule.match, std::string("unet.b"));
        QVERIFY2(rule.why.starts_with("lowered to w8a8: saves "), rule.why.c_str());
        QVERIFY2(rule.why.ends_with(" for 0 % of the output noise"), rule.why.c_str());
    }

    void treatmentsStayBesideNewFormats() {
        quant::Recipe treated;
        treated.splitSkips = true;
        treated.calibration.prompts = "mine.txt";
        treated.rules = {{"unet.a", {}, parseFormat("a16").activations, {}, ""}};
        const auto found = searchOf().find({Goal::MaxBytes, 3700});
        const quant::Recipe both = withFormatsOf(treated, found.recipe);
        QVERIFY(both.splitSkips);
        QCOMPARE(both.calibration.prompts, std::string("mine.txt"));
        QCOMPARE(both.rules, found.recipe.rules);
        QVERIFY(both.base == found.recipe.base);
    }

    void theCurveRisesAndNoUniformRecipeIsAboveIt() {
        const auto search = searchOf();
        const auto curve = search.paretoCurve();
        QVERIFY(curve.size() > 5);
        for (std::size_t i = 1; i < curve.size(); ++i) {
            QVERIFY(curve[i].cost.bytes > curve[i - 1].cost.bytes);
            QVERIFY(curve[i].predictedDb > curve[i - 1].predictedDb);
        }
        for (const Tradeoff& uniform : search.uniform()) {
            const auto best = search.find({Goal::MaxBytes, double(uniform.cost.bytes)});
            QVERIFY(best.predicted.db.value() >= uniform.predictedDb - 0.01);
        }
    }

    void whatWasNotMeasuredIsNotChosenFrom() {
        const auto unknown = failureOf(kBad, [] { searchOf({quant::parseFormats("w8a8,wfp8a8"), {}, false}); });
        QVERIFY2(unknown.find("wfp8a8") != std::string::npos, unknown.c_str());
        Analysis partial = measuredAnalysis();
        for (auto& map : partial.maps)
            for (int column = 0; column < map.grid.columns; ++column) map.grid.at(2, column) = kNotMeasured;
        const auto gap = failureOf(kBad, [&] { RecipeSearch(partial, smallModel(), {}); });
        QVERIFY2(gap.find("unet.c") != std::string::npos, gap.c_str());
        Analysis other = measuredAnalysis();
        other.model.fingerprint = "sha256:other";
        QVERIFY(!failureOf(kBad, [&] { RecipeSearch(other, smallModel(), {}); }).empty());
        QVERIFY(!failureOf(kBad, [] { RecipeSearch(Analysis{}, smallModel(), {}); }).empty());
    }

    void aRecipeThatMeasuresTooLowIsRaisedUntilItHolds() {
        const auto search = searchOf();
        int measurements = 0;
        const auto found = searchMeasured(search, {Goal::MinSqnr, 24}, [&](const quant::Recipe& recipe) {
            ++measurements;
            return std::optional<double>(search.place(recipe).predictedDb - 1.5);
        });
        QVERIFY(found.reached && found.measuredDb.value() >= 24);
        QVERIFY(found.repairs >= 1 && measurements == found.repairs + 1);
        QCOMPARE(found.recipe.provenance.measuredDb, found.measuredDb);
    }

    void whereNoRaiseIsLeftTheBestIsGivenAndSaidToMiss() {
        const auto search = searchOf();
        const auto found = searchMeasured(search, {Goal::MinSqnr, 24}, [&](const quant::Recipe& recipe) {
            return std::optional<double>(std::min(20.0, search.place(recipe).predictedDb - 10));
        });
        QVERIFY(!found.reached);
        QCOMPARE(found.measuredDb.value(), 20.0);
    }

    void limitsOfCostAreMeasuredOnce() {
        int measurements = 0;
        const auto found = searchMeasured(searchOf(), {Goal::MaxBytes, 5000}, [&](const quant::Recipe&) {
            ++measurements;
            return std::optional<double>(-3);
        });
        QCOMPARE(measurements, 1);
        QVERIFY(found.reached);
        QCOMPARE(found.measuredDb.value(), -3.0);
    }

    void aStopKeepsWhatIsKnown() {
        int measurements = 0;
        const auto found = searchMeasured(searchOf(), {Goal::MinSqnr, 24}, [&](const quant::Recipe&) {
            return ++measurements == 1 ? std::optional<double>(10) : std::nullopt;
        });
        QCOMPARE(measurements, 2);
        QCOMPARE(found.measuredDb.value(), 10.0);
        QVERIFY(!found.reached);
        const auto unmeasured = searchMeasured(searchOf(), {Goal::MinSqnr, 24},
                                               [](const quant::Recipe&) { return std::optional<double>(); });
        QVERIFY(!unmeasured.measuredDb);
        QVERIFY(!unmeasured.recipe.rules.empty());
    }
};

NOISEFLOOR_TEST(SearchTest)
#include "tst_search.moc"
