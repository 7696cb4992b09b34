#include "support/testmain.h"

#include <analysis/noisemodel.h>

#include <cmath>
#include <set>

using namespace analysis;
using quant::Format;
using quant::parseFormat;

namespace {

/// Two blocks: the first of two layers with 300 and 100 weights, the second of one.
ldm::ModelInfo twoBlocks() {
    ldm::ModelInfo model;
    const auto layer = [](const std::string& name, const std::string& block, std::int64_t in) {
        ldm::LayerInfo info;
        info.name = name;
        info.block = block;
        info.weightShape = {10, in};
        return info;
    };
    model.layers = {layer("unet.a.x", "unet.a", 30), layer("unet.a.y", "unet.a", 10), layer("unet.b.x", "unet.b", 5)};
    model.blocks = {{"unet.a", {0, 1}, 400}, {"unet.b", {2}, 50}};
    return model;
}

quant::Plan planOf(std::vector<Format> formats) {
    quant::Plan plan;
    plan.segments = {{0, 999, std::move(formats)}};
    return plan;
}

quant::Plan uniform(const std::string& format) {
    return planOf(std::vector<Format>(3, parseFormat(format)));
}

/// Two timesteps; every map holds these four cells.
Analysis analysisOf(std::vector<std::pair<std::string, std::vector<double>>> maps, Metric metric = Metric::Local) {
    Analysis analysis;
    analysis.timesteps = {951, 1};
    analysis.blocks = {{"unet.a", {"unet.a.x", "unet.a.y"}, 400}, {"unet.b", {"unet.b.x"}, 50}};
    for (auto& [format, cells] : maps) {
        auto& map = analysis.maps.emplace_back(SqnrMap{metric, parseFormat(format), Grid(2, 2)});
        map.grid.db = cells;
    }
    return analysis;
}

bool near(double actual, double expected) {
    return std::abs(actual - expected) < 1e-9;
}

} // namespace

class NoiseModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void twoBlocksOfTwentyDecibelsMakeSeventeen() {
        const auto prediction = predict(analysisOf({{"w8a8", {20, 20, 20, 20}}}), uniform("w8a8"), twoBlocks());
        QVERIFY(prediction.db.has_value());
        QVERIFY(near(*prediction.db, 20 - 10 * std::log10(2.0))); // 16.99 dB
        QCOMPARE(prediction.perTimestepDb.size(), std::size_t(2));
        QVERIFY(near(prediction.perTimestepDb[1], *prediction.db));
        QVERIFY(prediction.missing.empty());
    }

    void nothingQuantizedIsExact() {
        const auto prediction = predict(analysisOf({{"w8a8", {20, 20, 20, 20}}}), uniform("fp32"), twoBlocks());
        QCOMPARE(prediction.db.value(), kExact);
        QCOMPARE(prediction.perTimestepDb, (std::vector<double>{kExact, kExact}));
    }

    void timestepsArePooledByNoisePower() {
        const auto prediction = predict(analysisOf({{"w8a8", {10, 20, kExact, kExact}}}), uniform("w8a8"), twoBlocks());
        QVERIFY(near(*prediction.db, -10 * std::log10((0.1 + 0.01) / 2)));
        QVERIFY(near(prediction.perTimestepDb[0], 10));
        QVERIFY(near(prediction.perTimestepDb[1], 20));
    }

    void aMixedBlockCountsByItsWeights() {
        const auto analysis = analysisOf({{"w8a8", {30, 30, 30, 30}}, {"w4a8", {10, 10, 10, 10}}});
        const auto plan = planOf({parseFormat("w8a8"), parseFormat("w4a8"), Format{}});
        const auto prediction = predict(analysis, plan, twoBlocks());
        QVERIFY(near(*prediction.db, -10 * std::log10(0.75 * 0.001 + 0.25 * 0.1)));
    }

    void everyTimestepUsesItsOwnFormats() {
        quant::Plan plan;
        plan.segments = {{0, 500, std::vector<Format>(3)}, {501, 999, std::vector<Format>(3, parseFormat("w8a8"))}};
        const auto prediction = predict(analysisOf({{"w8a8", {20, 20, 20, 20}}}), plan, twoBlocks());
        QVERIFY(near(prediction.perTimestepDb[0], 20 - 10 * std::log10(2.0)));
        QCOMPARE(prediction.perTimestepDb[1], kExact);
        QVERIFY(near(*prediction.db, 20.0));
    }

    void formatsWithoutAMapAreListedAndLeftOut() {
        const auto plan = planOf({parseFormat("w8a8"), parseFormat("w8a8"), parseFormat("w4a16")});
        const auto prediction = predict(analysisOf({{"w8a8", {20, 20, 20, 20}}}), plan, twoBlocks());
        QCOMPARE(prediction.missing, std::vector<Format>{parseFormat("w4a16")});
        QVERIFY(near(*prediction.db, 20.0));
    }

    void withoutAnyFittingMapThereIsNoPrediction() {
        const auto prediction = predict(analysisOf({{"w8a8", {20, 20, 20, 20}}}), uniform("w4a8"), twoBlocks());
        QVERIFY(!prediction.db.has_value());
        QCOMPARE(prediction.missing, std::vector<Format>{parseFormat("w4a8")});
        QVERIFY(std::isnan(prediction.perTimestepDb[0]));
    }

    void unmeasuredCellsCountAsMissing() {
        const auto analysis = analysisOf({{"w8a8", {20, 20, kNotMeasured, kNotMeasured}}});
        const auto prediction = predict(analysis, uniform("w8a8"), twoBlocks());
        QVERIFY(near(*prediction.db, 20.0));
        QCOMPARE(prediction.missing, std::vector<Format>{parseFormat("w8a8")});
    }

    void outputMapsAreTheBetterBasis() {
        auto analysis = analysisOf({{"w8a8", {20, 20, 20, 20}}});
        analysis.maps.push_back(analysisOf({{"w8a8", {30, 30, 30, 30}}}, Metric::Output).maps.front());
        const auto prediction = predict(analysis, uniform("w8a8"), twoBlocks());
        QCOMPARE(prediction.basis, Metric::Output);
        QVERIFY(near(*prediction.db, 30 - 10 * std::log10(2.0)));
    }

    void localMapsServeWhereOutputLacksAFormat() {
        auto analysis = analysisOf({{"w8a8", {20, 20, 20, 20}}, {"w4a8", {10, 10, 10, 10}}});
        analysis.maps.push_back(analysisOf({{"w8a8", {30, 30, 30, 30}}}, Metric::Output).maps.front());
        const auto plan = planOf({parseFormat("w8a8"), parseFormat("w8a8"), parseFormat("w4a8")});
        const auto prediction = predict(analysis, plan, twoBlocks());
        QCOMPARE(prediction.basis, Metric::Local);
        QVERIFY(near(*prediction.db, -10 * std::log10(0.01 + 0.1)));
    }

    void finalMapsAreTheBestBasisAndTellTheEnd() {
        auto analysis = analysisOf({{"w8a8", {30, 30, 30, 30}}}, Metric::Output);
        QVERIFY(!predict(analysis, uniform("w8a8"), twoBlocks()).endToEnd);
        analysis.maps.push_back(analysisOf({{"w8a8", {14, 14, 17, 17}}}, Metric::Final).maps.front());
        const auto prediction = predict(analysis, uniform("w8a8"), twoBlocks());
        QCOMPARE(prediction.basis, Metric::Final);
        QVERIFY(prediction.endToEnd);
        QVERIFY(near(*prediction.db, -10 * std::log10(std::pow(10, -1.4) + std::pow(10, -1.7))));
        QVERIFY(near(prediction.perTimestepDb[0], 30 - 10 * std::log10(2.0)));
    }

    void aRowsNoiseIsSharedAmongTheStepsAsItsOutputNoise() {
        // Three quarters of the first block's output noise are made in the first step, half of the second block's.
        const double quarter = 20 - 10 * std::log10(0.25);
        const double threeQuarters = 20 - 10 * std::log10(0.75);
        auto analysis = analysisOf({{"w8a8", {threeQuarters, quarter, 25, 25}}}, Metric::Output);
        analysis.maps.push_back(analysisOf({{"w8a8", {10, 10, 20, 20}}}, Metric::Final).maps.front());
        quant::Plan plan;
        plan.segments = {{0, 500, std::vector<Format>(3)}, {501, 999, std::vector<Format>(3, parseFormat("w8a8"))}};
        QVERIFY(near(*predict(analysis, plan, twoBlocks()).db, -10 * std::log10(0.75 * 0.1 + 0.5 * 0.01)));
    }

    void uniformRecipesBendTheSum() {
        auto analysis = analysisOf({{"w8a8", {30, 30, 30, 30}}, {"w4a8", {3, 3, 3, 3}}, {"w4a16", {13, 13, 13, 13}}},
                                   Metric::Final);
        const auto sumOf = [&](const char* format) { return *predict(analysis, uniform(format), twoBlocks()).db; };
        const double small = sumOf("w8a8");
        const double large = sumOf("w4a8");
        const double between = sumOf("w4a16");
        analysis.uniform = {{parseFormat("w8a8"), {0, 2}, small - 2}, {parseFormat("w4a8"), {0, 2}, large + 1}};
        const double bentSmall = *predict(analysis, uniform("w8a8"), twoBlocks()).db;
        const double bentLarge = *predict(analysis, uniform("w4a8"), twoBlocks()).db;
        QVERIFY2(std::abs(bentSmall - (small - 2)) < 0.1, qPrintable(QString::number(bentSmall)));
        QVERIFY2(std::abs(bentLarge - (large + 1)) < 0.1, qPrintable(QString::number(bentLarge)));
        const double bent = *predict(analysis, uniform("w4a16"), twoBlocks()).db;
        QVERIFY(bent < bentSmall && bent > bentLarge && bent < between);
    }

    void thirdsTellHowMuchTheNoiseOfStepsCounts() {
        auto analysis = analysisOf({{"w8a8", {20, 20, 20, 20}}}, Metric::Output);
        analysis.maps.push_back(analysisOf({{"w8a8", {20, 20, 20, 20}}}, Metric::Final).maps.front());
        // Nine tenths of what the first step adds counts, a tenth of the second's.
        const double whole = 20 - 10 * std::log10(2.0);
        analysis.uniform = {{parseFormat("w8a8"), {0, 2}, whole},
                            {parseFormat("w8a8"), {0, 1}, whole - 10 * std::log10(0.9)},
                            {parseFormat("w8a8"), {1, 1}, whole + 10}};
        quant::Plan plan;
        plan.segments = {{0, 500, std::vector<Format>(3)}, {501, 999, std::vector<Format>(3, parseFormat("w8a8"))}};
        QVERIFY(near(*predict(analysis, plan, twoBlocks()).db, whole - 10 * std::log10(0.9)));
        QVERIFY(near(*predict(analysis, uniform("w8a8"), twoBlocks()).db, whole));
    }

    void errorsOfTheSameWeightsAddAsAmplitudes() {
        auto analysis = analysisOf(
            {{"w4a8", {20, 20, 20, 20}}, {"w4a16", {20, 20, 20, 20}}, {"w8a8", {20, 20, 20, 20}}}, Metric::Final);
        // Half of the steps alone make a quarter of the noise: twice the error, four times the power.
        const double whole = 20 - 10 * std::log10(2.0);
        const double half = whole + 20 * std::log10(2.0);
        const Format four = parseFormat("w4a8");
        analysis.uniform = {{four, {0, 2}, whole}, {four, {0, 1}, half}, {four, {1, 1}, half}};
        const auto both = [&](const char* early, const char* late) {
            quant::Plan plan;
            plan.segments = {{0, 500, std::vector<Format>(3, parseFormat(late))},
                             {501, 999, std::vector<Format>(3, parseFormat(early))}};
            return *predict(analysis, plan, twoBlocks()).db;
        };
        QVERIFY(near(both("w4a8", "w4a8"), whole));
        QVERIFY(std::abs(both("w4a8", "fp32") - half) < 0.01);
        QVERIFY(std::abs(both("w4a8", "w4a16") - whole) < 0.01); // wrong in the same way
        const double apart = both("w4a8", "w8a8");               // a quarter and, w8a8 having no course, a half
        QVERIFY2(std::abs(apart - (whole - 10 * std::log10(0.75))) < 0.01, qPrintable(QString::number(apart)));
    }

    void outputMapsReachTheEndThroughUniformRecipes() {
        auto analysis = analysisOf({{"w8a8", {30, 30, 30, 30}}}, Metric::Output);
        analysis.uniform = {{parseFormat("w8a8"), {0, 2}, 12}};
        const auto prediction = predict(analysis, uniform("w8a8"), twoBlocks());
        QVERIFY(prediction.endToEnd);
        QVERIFY(near(*prediction.db, 12));
    }

    void aFormatWithoutAMapIsPutTogether() {
        auto analysis =
            analysisOf({{"w8a8", {20, 20, 20, 20}}, {"w4a8", {10, 10, 10, 10}}, {"w8a16", {25, 25, 25, 25}}});
        const auto prediction = predict(analysis, uniform("w4a16"), twoBlocks());
        QCOMPARE(prediction.derived, std::vector<Format>{parseFormat("w4a16")});
        QVERIFY(prediction.missing.empty());
        QVERIFY(near(*prediction.db, -10 * std::log10(2 * (0.1 - 0.01 + std::pow(10, -2.5)))));
        const auto sides = analysisOf({{"w4", {12, 12, 12, 12}}, {"a8", {15, 15, 15, 15}}});
        QVERIFY(near(*predict(sides, uniform("w4a8"), twoBlocks()).db,
                     -10 * std::log10(2 * (std::pow(10, -1.2) + std::pow(10, -1.5)))));
    }

    void noiseAndDecibelsGoBothWays() {
        auto analysis = analysisOf({{"w8a8", {30, 30, 30, 30}}, {"w4a8", {3, 3, 3, 3}}}, Metric::Final);
        const std::vector<Format> formats = quant::parseFormats("w8a8,w4a8");
        for (const bool bent : {false, true}) {
            if (bent) analysis.uniform = {{formats[0], {0, 2}, 26}, {formats[1], {0, 2}, 4}};
            const NoiseModel model(analysis, twoBlocks(), formats);
            for (const double db : {5.0, 12.0, 40.0}) QVERIFY(near(model.dbOf(model.noiseAt(db)), db));
            QCOMPARE(model.dbOf(0), kExact);
            QCOMPARE(model.noiseAt(kExact), 0.0);
        }
    }

    void aModelInUseForOtherFormatsIsTheOneMadeForThem() {
        auto analysis =
            analysisOf({{"w8a8", {30, 28, 26, 24}}, {"w4a8", {12, 11, 10, 9}}, {"w8a16", {33, 32, 31, 30}}});
        for (const auto& map : analysisOf({{"w8a8", {27, 25, 23, 21}}, {"w4a8", {8, 7, 6, 5}}}, Metric::Output).maps)
            analysis.maps.push_back(map);
        analysis.maps.push_back(analysisOf({{"w8a8", {22, 22, 18, 18}}}, Metric::Final).maps.front());
        const Format eight = parseFormat("w8a8");
        analysis.uniform = {
            {eight, {0, 2}, 15}, {eight, {0, 1}, 16.5}, {eight, {1, 1}, 21}, {parseFormat("w4a8"), {0, 2}, 4}};
        const ldm::ModelInfo info = twoBlocks();
        NoiseModel kept(analysis, info, {eight});
        std::set<Metric> bases;
        for (const char* formats : {"w8a8,w8a16", "w4a8", "w8a8", "w4a8,w8a8", "w8a16,w4a8", "w4a16", "w8a8"}) {
            const std::vector<Format> used = quant::parseFormats(formats);
            kept.use(used);
            const NoiseModel made(analysis, info, used);
            bases.insert(made.basis());
            QCOMPARE(kept.basis(), made.basis());
            QCOMPARE(kept.endToEnd(), made.endToEnd());
            const quant::Plan plan = planOf({used.front(), used.back(), used.front()});
            QVERIFY(kept.predict(plan).db == made.predict(plan).db);
            QCOMPARE(kept.predict(plan).missing, made.predict(plan).missing);
            QCOMPARE(kept.dbOf(0.01), made.dbOf(0.01));
        }
        QCOMPARE(bases.size(), std::size_t(3)); // the maps were changed on the way
    }

    void aRowIsSummarizedByItsMeanPowerAndWorstStep() {
        Grid grid(1, 4);
        grid.db = {30, 10, kNotMeasured, kExact};
        const auto summary = summarize(grid, 0, {751, 501, 251, 1});
        QVERIFY(near(summary.meanDb, -10 * std::log10((0.001 + 0.1 + 0) / 3)));
        QCOMPARE(summary.worstDb, 10.0);
        QCOMPARE(summary.worstTimestep, 501);
    }

    void anExactRowIsExactAndAnUnmeasuredOneIsNothing() {
        Grid grid(2, 1);
        grid.at(0, 0) = kExact;
        QCOMPARE(summarize(grid, 0, {1}).meanDb, kExact);
        QCOMPARE(summarize(grid, 0, {1}).worstTimestep, 1);
        QVERIFY(std::isnan(summarize(grid, 1, {1}).meanDb));
        QCOMPARE(summarize(grid, 1, {1}).worstTimestep, -1);
    }
};

NOISEFLOOR_TEST(NoiseModelTest)
#include "tst_noisemodel.moc"
