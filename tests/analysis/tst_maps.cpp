#include "reference.h"

using namespace analysis;
using support::Reference;

namespace {

const quant::Format kW4 = quant::parseFormat("w4");

/// Some rows of every part of the network.
std::vector<int> someRows(const Analysis& analysis) {
    const int rows = int(analysis.blocks.size());
    return {0, 1, rows / 3, rows / 2, rows - 1};
}

int rowOf(const Analysis& analysis, const std::string& id) {
    for (int row = 0; row < int(analysis.blocks.size()); ++row)
        if (analysis.blocks[std::size_t(row)].id == id) return row;
    return -1;
}

AnalysisSettings settingsFor(Level level, std::vector<Metric> metrics, const std::string& formats = "w4") {
    auto settings = support::tinySettings(std::move(metrics), formats);
    settings.level = level;
    return settings;
}

} // namespace

/// Every metric at both levels against recipes that say the same.
class MapsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void outputIsTheRecipeThatQuantizesOnlyTheRow_data() { support::levels(); }
    void outputIsTheRecipeThatQuantizesOnlyTheRow() { compareWithRecipes(Metric::Output, Reference::Quantized::Match); }

    void othersIsTheRecipeThatSparesOnlyTheRow_data() { support::levels(); }
    void othersIsTheRecipeThatSparesOnlyTheRow() { compareWithRecipes(Metric::Others, Reference::Quantized::Rest); }

    void finalIsTheRecipeThatQuantizesOnlyTheRowFollowedToItsEnd_data() { support::levels(); }
    void finalIsTheRecipeThatQuantizesOnlyTheRowFollowedToItsEnd() {
        QFETCH(int, level);
        const auto model = support::tinyModel();
        const auto settings = settingsFor(Level(level), {Metric::Final});
        const auto analysis = support::measured(model, settings);
        Reference reference(model, settings);
        const Grid& grid = analysis.find(Metric::Final, kW4)->grid;
        for (const int row : someRows(analysis)) {
            const auto& id = analysis.blocks[std::size_t(row)].id;
            const double db = reference.atEnd(reference.recipe(id, kW4, Reference::Quantized::Match));
            for (int column = 0; column < grid.columns; ++column) {
                QCOMPARE(grid.at(row, column), grid.at(row, 0));
                QVERIFY2(std::abs(grid.at(row, column) - db) < 0.05, id.c_str());
            }
        }
    }

    void finalHoldsForSamplersThatDrawNoise() {
        const auto model = support::tinyModel();
        auto settings = settingsFor(Level::Block, {Metric::Final});
        settings.scheduler = "euler_a";
        const auto analysis = support::measured(model, settings);
        Reference reference(model, settings);
        const auto recipe = reference.recipe("unet.mid_block", kW4, Reference::Quantized::Match);
        QVERIFY(std::abs(analysis.maps[0].grid.at(rowOf(analysis, "unet.mid_block"), 0) - reference.atEnd(recipe)) <
                0.05);
    }

    void aRowPerLayerInOrderOfExecution() {
        const auto model = support::tinyModel();
        const auto analysis = planned(model, settingsFor(Level::Layer, {Metric::Local}));
        QCOMPARE(analysis.blocks.size(), model.info().layers.size());
        for (std::size_t row = 0; row < analysis.blocks.size(); ++row) {
            const auto& layer = model.info().layers[row];
            QCOMPARE(analysis.blocks[row].id, layer.name);
            QCOMPARE(analysis.blocks[row].layers, std::vector<std::string>{layer.name});
            QCOMPARE(analysis.blocks[row].parameters, layer.weights() + (layer.hasBias ? layer.outputs() : 0));
        }
    }

    /// Tolerance: full precision here is float32, the reference double; steps run in other batches.
    void localOfALayerIsTheLayerRunAloneInDoublePrecision_data() {
        QTest::addColumn<QString>("format");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("weights") << "w4" << 0.01;
        QTest::newRow("weights and inputs") << "w8a8" << 0.1;
    }
    void localOfALayerIsTheLayerRunAloneInDoublePrecision() {
        QFETCH(QString, format);
        QFETCH(double, tolerance);
        const auto model = support::tinyModel();
        const auto settings = settingsFor(Level::Layer, {Metric::Local}, format.toStdString());
        const auto analysis = support::measured(model, settings);
        Reference reference(model, settings);
        std::map<std::pair<int, int>, quant::ErrorSums> sums;
        reference.sideBySide({}, [&](int column, const auto& full, const auto&) {
            for (const auto& [layer, seen] : full)
                sums[{layer, column}] += errorsInDouble(seen, settings.formats[0], reference.calibration());
        });
        for (const auto& [cell, sum] : sums) {
            const double difference = analysis.maps[0].grid.at(cell.first, cell.second) - sum.db();
            QVERIFY2(std::abs(difference) < tolerance,
                     (analysis.blocks[std::size_t(cell.first)].id + ": " + std::to_string(difference)).c_str());
        }
        QCOMPARE(sums.size(), analysis.maps[0].grid.db.size());
    }

    void accumulatedComparesTwoTrajectoriesAfterEveryLayer() {
        const auto model = support::tinyModel();
        const auto settings = settingsFor(Level::Layer, {Metric::Accumulated});
        const auto analysis = support::measured(model, settings);
        Reference reference(model, settings);
        quant::Recipe recipe;
        recipe.base = kW4;
        std::map<std::pair<int, int>, quant::ErrorSums> sums;
        reference.sideBySide(recipe, [&](int column, const auto& full, const auto& altered) {
            for (const auto& [layer, seen] : full)
                sums[{layer, column}] += quant::errorSums(seen.y, altered.at(layer).y);
        });
        for (const auto& [cell, sum] : sums)
            QVERIFY2(std::abs(analysis.maps[0].grid.at(cell.first, cell.second) - sum.db()) < 0.01,
                     analysis.blocks[std::size_t(cell.first)].id.c_str());
        QCOMPARE(sums.size(), analysis.maps[0].grid.db.size());
    }

    void aBlockOfOneLayerIsThatLayer() {
        const auto model = support::tinyModel();
        const std::vector<Metric> metrics{Metric::Weights, Metric::Output, Metric::Final};
        const auto blocks = support::measured(model, settingsFor(Level::Block, metrics));
        const auto layers = support::measured(model, settingsFor(Level::Layer, metrics));
        const std::string id = "unet.conv_in";
        for (const Metric metric : metrics)
            for (int column = 0; column < 4; ++column)
                QVERIFY(std::abs(blocks.find(metric, kW4)->grid.at(rowOf(blocks, id), column) -
                                 layers.find(metric, kW4)->grid.at(rowOf(layers, id), column)) < 0.01);
    }

    void littleMemoryChangesNoNumber_data() { support::levels(); }
    void littleMemoryChangesNoNumber() {
        QFETCH(int, level);
        const auto model = support::tinyModel();
        auto settings = settingsFor(Level(level), {Metric::Local, Metric::Others, Metric::Accumulated, Metric::Final});
        settings.steps = 2;
        const auto whole = support::measured(model, settings);
        ldm::Progress last;
        const auto frugal = analyze(model, planned(model, settings), {},
                                    [&](const ldm::Progress& progress) { last = progress; }, {}, {1, 1});
        QCOMPARE(last.done, last.total);
        for (std::size_t map = 0; map < whole.maps.size(); ++map)
            for (std::size_t cell = 0; cell < whole.maps[map].grid.db.size(); ++cell)
                QVERIFY(std::abs(whole.maps[map].grid.db[cell] - frugal.maps[map].grid.db[cell]) < 0.01);
    }

    void aCoarsePictureOfAllRowsIsThereFirst() {
        const auto model = support::tinyModel();
        auto settings = settingsFor(Level::Block, {Metric::Local, Metric::Output});
        settings.steps = 12;
        std::vector<RowMeasured> reported;
        analyze(model, planned(model, settings), {}, {}, [&](const RowMeasured& row) { reported.push_back(row); });
        const auto columnsOf = [](const RowMeasured& row) {
            return std::count_if(row.db.begin(), row.db.end(), [](double db) { return !std::isnan(db); });
        };
        const auto rows = model.info().blocks.size();
        QCOMPARE(reported.size(), rows * 2 * 2 * 2); // w4 and the floor, two metrics, coarse and refined
        for (std::size_t i = 0; i < reported.size(); ++i) {
            const bool isCoarse = i < reported.size() / 2;
            QCOMPARE(columnsOf(reported[i]), isCoarse ? 4 : 12);
            QCOMPARE(reported[i].metric, i % (reported.size() / 2) < rows * 2 ? Metric::Local : Metric::Output);
        }
        for (std::size_t column = 0; column < 12; ++column)
            QCOMPARE(!std::isnan(reported.front().db[column]), column % 3 == 0);
    }

private:
    /// Each row's map against the recipe, step by step.
    void compareWithRecipes(Metric metric, Reference::Quantized what) {
        QFETCH(int, level);
        const auto model = support::tinyModel();
        const auto settings = settingsFor(Level(level), {metric});
        const auto analysis = support::measured(model, settings);
        Reference reference(model, settings);
        for (const int row : someRows(analysis)) {
            const auto& id = analysis.blocks[std::size_t(row)].id;
            const auto db = reference.atNoise(reference.recipe(id, kW4, what));
            for (int column = 0; column < int(db.size()); ++column)
                QVERIFY2(std::abs(analysis.maps[0].grid.at(row, column) - db[std::size_t(column)]) < 0.01, id.c_str());
        }
    }

    static at::Tensor inDouble(const ldm::Layer& layer, const at::Tensor& x, const at::Tensor& weight) {
        const at::Tensor bias = layer.bias.defined() ? layer.bias.values().to(at::kDouble) : at::Tensor();
        if (layer.kind == ldm::LayerKind::Linear) return at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias);
        return at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias, layer.stride, layer.padding);
    }

    static quant::ErrorSums errorsInDouble(const support::CapturingArithmetic::Captured& seen, quant::Format format,
                                           const quant::Calibration& calibration) {
        const at::Tensor weight = seen.layer->weight.values().to(at::kFloat);
        const at::Tensor input = quant::quantizedActivations(
            seen.x, format.activations, calibration.inputs[std::size_t(seen.layer->id)], seen.layer->kind);
        const at::Tensor y = inDouble(*seen.layer, seen.x, weight);
        const at::Tensor yq = inDouble(*seen.layer, input, quant::quantizedWeights(weight, format.weights));
        return {y.square().sum().item<double>(), (yq - y).square().sum().item<double>()};
    }
};

NOISEFLOOR_TEST(MapsTest)
#include "tst_maps.moc"
