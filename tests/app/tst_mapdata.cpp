#include "support/testmain.h"

#include "smallmodel.h"

#include <app/commands/rangeedit.h>
#include <app/models/mapdata.h>

#include <cmath>

using namespace app;
using analysis::Metric;
using widgets::CellKind;
using widgets::HeatmapData;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");
const models::MapChoice kAsInRecipe{Metric::Local, std::nullopt};

/// Maps with 30 dB everywhere for w8a8 and 12 dB for w4a8.
void fill(session::StudioDocument& document) {
    document.setModel(support::smallModel());
    document.addAnalysis(support::emptyAnalysis({kW8A8, kW4A8}));
    for (int block = 0; block < 3; ++block) {
        document.setRow({Metric::Local, kW8A8, block, {30, 30}});
        document.setRow({Metric::Local, kW4A8, block, {12, 12}});
    }
}

/// A map of w8a8 for each of the four layers; the numbers are those given, two for a layer.
analysis::Analysis ofLayers(Metric metric, const std::vector<double>& db) {
    analysis::Analysis analysis = support::emptyAnalysis({kW8A8});
    analysis.settings.level = analysis::Level::Layer;
    analysis.settings.metrics = {metric};
    analysis.blocks.clear();
    for (const ldm::LayerInfo& layer : support::smallModel().layers)
        analysis.blocks.push_back({layer.name, {layer.name}, layer.weights()});
    analysis.maps[0].metric = metric;
    analysis.maps[0].grid = analysis::Grid(4, 2);
    analysis.maps[0].grid.db = db;
    analysis.floors.clear();
    return analysis;
}

HeatmapData named(const QStringList& rows, const QList<int>& columns) {
    HeatmapData data;
    data.rows = rows;
    data.columns = columns;
    return data;
}

quant::Recipe changed(const quant::Recipe& recipe, const commands::RangeFormatChange& change) {
    return commands::withRangeFormat(recipe, support::smallModel(), change);
}

} // namespace

class MapDataTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMapOfOneFormatShowsThatFormatInEveryRow() {
        session::StudioDocument document;
        fill(document);
        const auto data = models::heatmapData(document, {Metric::Local, kW4A8});
        QCOMPARE(data.rows, QStringList({"unet.conv_in", "unet.mid_block", "unet.conv_out"}));
        QCOMPARE(data.columns, QList<int>({501, 1}));
        QCOMPARE(data.db, QList<double>(6, 12.0));
        QCOMPARE(data.parameters, QList<qint64>({36, 72, 36}));
        QCOMPARE(data.hasDetails, QList<bool>({false, true, false})); // the others are one layer
        QVERIFY(data.title.contains(QLatin1String("w4a8")));
        QVERIFY(data.legend.contains(QLatin1String("a test")));
    }

    void theMapOfTheRecipeShowsEachBlockInItsOwnFormat() {
        session::StudioDocument document;
        fill(document);
        document.setBlockFormat({{"unet.mid_block"}, quant::WeightFormat::Int4, {}});
        document.setBlockFormat({{"unet.conv_out"}, quant::WeightFormat::Fp32, quant::ActivationFormat::Fp32});
        const auto data = models::heatmapData(document, kAsInRecipe);
        QCOMPARE(data.db, QList<double>({30, 30, 12, 12, analysis::kExact, analysis::kExact}));
    }

    void blocksWithoutAMapAreNotMeasured() {
        session::StudioDocument document;
        fill(document);
        document.setBlockFormat({{"unet.conv_in"}, quant::WeightFormat::Fp16, {}});
        QVERIFY(std::isnan(models::heatmapData(document, kAsInRecipe).at(0, 0)));
    }

    void beforeAnAnalysisTheBlocksAreThereWithoutTimesteps() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        const auto data = models::heatmapData(document, kAsInRecipe);
        QCOMPARE(data.rows.size(), 3);
        QVERIFY(data.columns.isEmpty() && data.db.isEmpty());
    }

    void layersAreFoldedUnderTheirBlocks() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(ofLayers(Metric::Local, {30, 31, 20, 40, 25, 35, 10, 11}));
        const auto data = models::heatmapData(document, kAsInRecipe);
        QCOMPARE(data.rows, QStringList({"unet.conv_in", "unet.mid_block", "unet.mid_block.a", "unet.mid_block.b",
                                         "unet.conv_out"})); // a block that is one layer is not unfolded
        QCOMPARE(data.parents, QList<int>({-1, -1, 1, 1, -1}));
        QCOMPARE(data.db.first(2), QList<double>({30, 31}));
        QCOMPARE(data.at(1, 0), 20.0); // the worst of the two layers at each timestep
        QCOMPARE(data.at(1, 1), 35.0);
        QCOMPARE(data.at(3, 1), 35.0);
        QVERIFY(!data.hasDetails.contains(true));
        QVERIFY(data.legend.contains(QLatin1String("Each layer")));
        QVERIFY(data.legend.contains(QLatin1String("worst of its layers")));
        const models::MapRows rows(document.analysis(), document.model(), document.plan());
        QCOMPARE(rows.blockAt(3), QStringLiteral("unet.mid_block"));
        QCOMPARE(rows.rowsOf(3), QList<int>({4}));
        QCOMPARE(rows.rowsOf(2), QList<int>({1, 3})); // a new number of the third layer changes its block too
        QVERIFY(rows.rowsOf(9).isEmpty() && rows.blockAt(9).isEmpty());
        QCOMPARE(models::blockRow(document, Metric::Local, 1).worstDb, 20.0); // the table has the same number
        document.setBlockFormat({{"unet.conv_out"}, quant::WeightFormat::Int4, {}});
        QVERIFY(std::isnan(models::heatmapData(document, kAsInRecipe).at(4, 0)));
        QCOMPARE(models::heatmapData(document, kAsInRecipe).at(3, 0), 25.0);
    }

    void sharesOfInformationHaveAScaleAndSpreadsOfTheirOwn() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        analysis::Analysis measured = support::emptyAnalysis({kW8A8});
        measured.settings.metrics = {Metric::Information};
        measured.maps = {{Metric::Information, kW8A8, analysis::Grid(3, 2), analysis::Grid(3, 2)}};
        measured.maps[0].grid.db = {
            0.9, 0.8, analysis::kUnknowable, analysis::kUnknowable, 0.5, analysis::kNotMeasured};
        measured.maps[0].spread.at(0, 0) = 0.02;
        measured.floors.clear();
        document.addAnalysis(measured);
        const models::MapChoice choice{Metric::Information, kW8A8};
        const auto data = models::heatmapData(document, choice);
        QCOMPARE(data.scale, widgets::HeatmapScale::Share);
        QCOMPARE(data.valueText(0, 0), QString::fromUtf8("0.90 ± 0.02 kept"));
        QCOMPARE(data.kind(1, 0), CellKind::Unknowable);
        QVERIFY(data.floorDb.isEmpty());
        QVERIFY(data.title.contains(QLatin1String("share of information")));
        QVERIFY(!data.title.contains(QLatin1String("SQNR")));
        QVERIFY(std::abs(models::blockRow(document, Metric::Local, 0).information - 0.85) < 1e-12);
        const auto compared = models::comparedData(document, choice, measured, QStringLiteral("other"));
        QCOMPARE(compared.db.first(2), data.db.first(2)); // dB are not taken from shares
        QVERIFY(compared.legend.contains(QLatin1String("the map alone")));
    }

    void layersThatCannotBeToldLeaveTheBlockToTheOthers() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        const double unknown = analysis::kUnknowable;
        document.addAnalysis(ofLayers(Metric::Information, {1, 1, unknown, unknown, 0.5, unknown, 1, 1}));
        const auto data = models::heatmapData(document, {Metric::Information, kW8A8});
        QCOMPARE(data.at(1, 0), 0.5);
        QCOMPARE(data.kind(1, 1), CellKind::Unknowable);
    }

    void noiseThatIsComparedInOnePlaceAddsUpToTheBlock() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(ofLayers(Metric::Output, {30, 30, 20, analysis::kExact, 20, analysis::kExact, 10, 10}));
        const auto data = models::heatmapData(document, {Metric::Output, kW8A8});
        QVERIFY(std::abs(data.at(1, 0) - (20 - 10 * std::log10(2.0))) < 1e-12);
        QCOMPARE(data.at(1, 1), analysis::kExact);
        QVERIFY(data.legend.contains(QLatin1String("sum of its layers")));
    }

    void aBlockIsNotMeasuredWhileOneOfItsLayersIsNot() {
        session::StudioDocument document;
        document.setModel(support::smallModel());
        document.addAnalysis(ofLayers(Metric::Local, {30, 30, 20, analysis::kNotMeasured, 25, 35, 10, 10}));
        const auto data = models::heatmapData(document, {Metric::Local, kW8A8});
        QCOMPARE(data.at(1, 0), 20.0);
        QVERIFY(std::isnan(data.at(1, 1)));
    }

    void differencesAreMatchedByNamesAndTimesteps() {
        HeatmapData here = named({"a", "b", "c"}, {900, 500});
        here.db = {10, 20, 30, analysis::kExact, 50, 60};
        HeatmapData there = named({"b", "a"}, {500, 900, 100});
        there.db = {analysis::kExact, 31, 0, 25, 4, 0};
        const HeatmapData result = models::difference(here, there, false);
        QCOMPARE(result.scale, widgets::HeatmapScale::Difference);
        QCOMPARE(result.at(0, 0), 6.0);
        QCOMPARE(result.at(0, 1), -5.0);
        QCOMPARE(result.at(1, 0), -1.0);
        QCOMPARE(result.at(1, 1), 0.0); // exact in both
        QVERIFY(std::isnan(result.at(2, 0)) && std::isnan(result.at(2, 1)));
        there.columns = {7, 8, 9};
        QCOMPARE(models::difference(here, there, true).at(0, 1), -5.0); // one number for all timesteps
    }

    void whereBothAreAtTheFloorTheDifferenceMeansNothing() {
        HeatmapData here = named({"a"}, {900, 500});
        here.db = {90, 90};
        here.floorDb = {91, 91};
        HeatmapData there = here;
        there.db = {89, 20};
        const HeatmapData result = models::difference(here, there, false);
        QCOMPARE(result.kind(0, 0), CellKind::AtFloor);
        QCOMPARE(result.kind(0, 1), CellKind::Measured);
    }

    void whatDoesNotMatchIsSaid() {
        session::StudioDocument document;
        fill(document);
        analysis::Analysis other = document.analysis();
        other.timesteps = {501, 2};
        other.blocks.pop_back();
        other.model = {"another", "sha256:9"};
        other.settings.seed = 7;
        for (analysis::SqnrMap& map : other.maps) map.grid.db.assign(6, 28.0);
        const auto data = models::comparedData(document, {Metric::Local, kW8A8}, other, QStringLiteral("old"));
        QCOMPARE(data.at(0, 0), 2.0);
        QVERIFY(std::isnan(data.at(0, 1)) && std::isnan(data.at(2, 0)));
        QVERIFY2(data.legend.contains(QLatin1String("1 of 3 rows and 1 of 2 timesteps are not in old")),
                 qPrintable(data.legend));
        QVERIFY(data.legend.contains(QLatin1String("another model, another")));
        QVERIFY(data.legend.contains(QLatin1String("Measured otherwise there: noise")));
        QVERIFY(data.title.endsWith(QLatin1String("minus old")));
        other.maps.clear();
        const auto none = models::comparedData(document, {Metric::Local, kW8A8}, other, QStringLiteral("old"));
        QVERIFY2(none.legend.contains(QLatin1String("old holds no local SQNR, w8a8")), qPrintable(none.legend));
    }

    void stepRangesReachHalfWayToTheNeighboursAndLeaveNoGaps() {
        const std::vector<int> timesteps{951, 701, 451, 201};
        QVERIFY(!models::stepRange(timesteps, 0, 3));
        QCOMPARE((*models::stepRange(timesteps, 0, 1)), (std::array<int, 2>{577, 999}));
        QCOMPARE((*models::stepRange(timesteps, 2, 3)), (std::array<int, 2>{0, 576}));
        QCOMPARE((*models::stepRange(timesteps, 1, 1)), (std::array<int, 2>{577, 826}));
        const std::vector<int> repeated{900, 500, 500, 100};
        QCOMPARE((*models::stepRange(repeated, 0, 1)), (std::array<int, 2>{500, 999}));
    }

    void aRangeOfStepsGetsActivationsAndWeightsGetOneFormat() {
        const quant::Recipe recipe = changed({}, {{"unet.mid_block", "unet.conv_out"},
                                                  quant::WeightFormat::Int4,
                                                  quant::ActivationFormat::Int16,
                                                  std::array<int, 2>{500, 999}});
        const quant::Plan plan = quant::resolve(recipe, support::smallModel());
        QCOMPARE(plan.segments.size(), std::size_t(2));
        for (const int layer : {1, 2, 3}) {
            QVERIFY(plan.at(100)[std::size_t(layer)] == kW4A8);
            QVERIFY(plan.at(700)[std::size_t(layer)] == quant::parseFormat("w4a16"));
        }
        QVERIFY(plan.at(700)[0] == kW8A8);
    }

    void layersAreSetAlone() {
        const quant::Recipe recipe = changed({}, {{"unet.mid_block.b"}, quant::WeightFormat::Int4, {}, {}});
        const quant::Plan plan = quant::resolve(recipe, support::smallModel());
        QVERIFY(plan.at(0)[1] == kW8A8);
        QVERIFY(plan.at(0)[2] == kW4A8);
        QVERIFY_EXCEPTION_THROWN(changed({}, {{"unet.nowhere"}, quant::WeightFormat::Int4, {}, {}}), ldm::Error);
    }

    void rulesThatNoLongerDecideAnythingAreLeftOut() {
        const std::array<int, 2> early{500, 999};
        quant::Recipe recipe = changed({}, {{"unet.mid_block"}, {}, quant::ActivationFormat::Int16, early});
        recipe = changed(recipe, {{"unet.mid_block"}, {}, quant::ActivationFormat::Int4, early});
        QCOMPARE(recipe.rules.size(), std::size_t(1));
        QVERIFY(recipe.rules[0].activations == quant::ActivationFormat::Int4);
        recipe =
            changed(recipe, {{"unet.mid_block"}, {}, quant::ActivationFormat::Int16, std::array<int, 2>{600, 700}});
        QCOMPARE(recipe.rules.size(), std::size_t(2)); // the wider one still decides the rest
    }
};

NOISEFLOOR_TEST(MapDataTest)
#include "tst_mapdata.moc"
