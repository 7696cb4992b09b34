#include "reference.h"

#include <analysis/inspect.h>

#include <algorithm>
#include <numeric>

using namespace analysis;

namespace {

const std::string kBlock = "unet.mid_block";

std::uint64_t countOf(const quant::Bins& bins) {
    return std::accumulate(bins.counts.begin(), bins.counts.end(), std::uint64_t{0});
}

std::vector<float> sorted(const at::Tensor& values) {
    const at::Tensor flat = values.contiguous();
    std::vector<float> all(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    std::sort(all.begin(), all.end());
    return all;
}

/// How many values lie in a bin, counted anew.
std::uint64_t inBin(const std::vector<float>& ascending, const quant::Bins& bins, std::size_t bin) {
    const double begin = bins.begin + double(bin) * bins.width;
    const auto from = std::lower_bound(ascending.begin(), ascending.end(), begin);
    return std::uint64_t(std::lower_bound(from, ascending.end(), begin + bins.width) - from);
}

/// Largest absolute value by channel, counted anew.
std::vector<double> maxima(const at::Tensor& values, std::int64_t channelDimension) {
    const at::Tensor byChannel = values.transpose(0, channelDimension).contiguous();
    std::vector<double> largest;
    for (std::int64_t channel = 0; channel < byChannel.size(0); ++channel) {
        const std::vector<float> ascending = sorted(byChannel[channel]);
        largest.push_back(std::max(std::abs(double(ascending.front())), std::abs(double(ascending.back()))));
    }
    return largest;
}

/// The layer's inputs in full precision, by run of the UNet and prompt.
std::map<int, std::vector<at::Tensor>> inputsOf(const ldm::Model& model, const AnalysisSettings& settings, int layer) {
    std::map<int, std::vector<at::Tensor>> seen;
    support::Reference(model, settings).sideBySide({}, [&](int column, const auto& full, const auto&) {
        seen[column].push_back(full.at(layer).x.clone());
    });
    return seen;
}

int convolutionOf(const ldm::Model& model) {
    for (const int layer : layersOf(model.info(), kBlock))
        if (model.info().layers[std::size_t(layer)].kind == ldm::LayerKind::Conv2d) return layer;
    return -1;
}

void compareFacts(const InputInspection& a, const InputInspection& b) {
    QVERIFY(a.together.spread == b.together.spread);
    QCOMPARE(a.layers.size(), b.layers.size());
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        QVERIFY(a.layers[i].spread == b.layers[i].spread);
        QVERIFY(a.layers[i].steps == b.layers[i].steps);
        QVERIFY(a.layers[i].peaks == b.layers[i].peaks);
    }
}

} // namespace

class InspectTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyWeightIsCountedInItsBin() {
        const auto model = support::tinyModel();
        const auto inspection = inspectWeights(model, layersOf(model.info(), kBlock));
        QVERIFY(inspection);
        std::uint64_t all = 0;
        for (const WeightFacts& facts : inspection->layers) {
            const int layer = model.info().layerIndex(facts.name);
            const std::vector<float> values =
                sorted(model.networks().unet.layers()[std::size_t(layer)]->weight.values().to(at::kFloat));
            QCOMPARE(facts.spread.range, (quant::Range{values.front(), values.back()}));
            QVERIFY(facts.spread.bins.counts.size() <= std::size_t(kMostBins));
            QVERIFY(facts.spread.bins.counts.size() > std::size_t(kMostBins / 4)); // no coarser than need be
            for (std::size_t bin = 0; bin < facts.spread.bins.counts.size(); ++bin)
                QCOMPARE(facts.spread.bins.counts[bin], inBin(values, facts.spread.bins, bin));
            all += values.size();
        }
        QCOMPARE(countOf(inspection->together.spread.bins), all);
    }

    void decibelsOfWeightsAreThoseOfTheMap_data() { support::levels(); }
    void decibelsOfWeightsAreThoseOfTheMap() {
        QFETCH(int, level);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Weights}, "w8,w4,w4g32,wq4_k,wfp8");
        settings.level = Level(level);
        const auto analysis = support::measured(model, settings);
        for (std::size_t row = 0; row < analysis.blocks.size(); ++row) {
            const auto inspection = inspectWeights(model, layersOf(model.info(), analysis.blocks[row].id));
            QVERIFY(inspection);
            QCOMPARE(inspection->together.sqnr.size(), quant::allWeightFormats().size() - 1);
            for (const SqnrMap& map : analysis.maps) {
                const auto& sqnr = inspection->together.sqnr;
                const auto found = std::find_if(sqnr.begin(), sqnr.end(), [&map](const WeightSqnr& each) {
                    return each.format == map.format.weights;
                });
                QCOMPARE(found->db, map.grid.at(int(row), 0));
            }
        }
    }

    void theHighestWeightChannelsComeFirst() {
        const auto model = support::tinyModel();
        const int layer = convolutionOf(model);
        QVERIFY(layer >= 0);
        const auto inspection = inspectWeights(model, {layer});
        const std::vector<double> largest =
            maxima(model.networks().unet.layers()[std::size_t(layer)]->weight.values().to(at::kFloat), 1);
        comparePeaks(inspection->together.peaks, largest, model.info().layers[std::size_t(layer)].name);
    }

    void inputsAreThoseOfTheFullPrecisionTrajectories_data() {
        QTest::addColumn<int>("layer");
        const auto model = support::tinyModel();
        QTest::newRow("convolution") << convolutionOf(model);
        QTest::newRow("of the prompt alone")
            << model.info().layerIndex("unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k");
        QTest::newRow("linear, of the picture")
            << model.info().layerIndex("unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q");
    }
    void inputsAreThoseOfTheFullPrecisionTrajectories() {
        QFETCH(int, layer);
        QVERIFY(layer >= 0);
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local}, "w8");
        const auto seen = inputsOf(model, settings, layer);
        const auto inspection = InputInspector(model, settings, {layer}).run();
        QVERIFY(inspection);
        const InputFacts& facts = inspection->layers.front();
        QCOMPARE(facts.steps.size(), seen.size());
        std::vector<at::Tensor> all;
        for (const auto& [column, tensors] : seen) {
            std::vector<at::Tensor> flat;
            for (const at::Tensor& x : tensors) flat.push_back(x.flatten());
            compareStep(facts.steps[std::size_t(column)], sorted(at::cat(flat)), facts.spread.bins.width);
            all.insert(all.end(), tensors.begin(), tensors.end());
        }
        const at::Tensor together = at::cat(all);
        QCOMPARE(countOf(facts.spread.bins), std::uint64_t(together.numel()));
        const bool isConvolution = model.info().layers[std::size_t(layer)].kind == ldm::LayerKind::Conv2d;
        comparePeaks(facts.peaks, maxima(together, isConvolution ? 1 : together.dim() - 1), facts.name);
    }

    void rangesAreThoseThatAnAnalysisTells() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local}, "w8");
        const auto analysis = support::measured(model, settings);
        const std::vector<int> layers = layersOf(model.info(), kBlock);
        const auto inspection = InputInspector(model, settings, layers).run();
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const InputFacts& facts = inspection->layers[i];
            for (int column = 0; column < analysis.activations->columns; ++column) {
                const auto cell = std::size_t(layers[i]) * std::size_t(analysis.activations->columns);
                const quant::Range expected = analysis.activations->ranges[cell + std::size_t(column)];
                const quant::Range found = facts.steps[std::size_t(column)].all;
                QCOMPARE(facts.steps[std::size_t(column)].timestep, analysis.timesteps[std::size_t(column)]);
                QVERIFY(std::abs(found.lo - expected.lo) <= 1e-4F * std::max(1.0F, std::abs(expected.lo)));
                QVERIFY(std::abs(found.hi - expected.hi) <= 1e-4F * std::max(1.0F, std::abs(expected.hi)));
            }
        }
    }

    void aBlockHoldsTheValuesOfAllItsLayers() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local}, "w8");
        const auto inspection = InputInspector(model, settings, layersOf(model.info(), kBlock)).run();
        std::uint64_t values = 0;
        quant::Range range = inspection->layers.front().spread.range;
        for (const InputFacts& facts : inspection->layers) {
            values += countOf(facts.spread.bins);
            range = {std::min(range.lo, facts.spread.range.lo), std::max(range.hi, facts.spread.range.hi)};
        }
        QCOMPARE(countOf(inspection->together.spread.bins), values);
        QCOMPARE(inspection->together.spread.range, range);
        const auto& peaks = inspection->together.peaks;
        QCOMPARE(peaks.size(), kMostPeaks);
        for (const InputFacts& facts : inspection->layers) QVERIFY(facts.peaks.front().ratio <= peaks.front().ratio);
    }

    void aStoppedInspectionGoesOnAndEndsWithTheSameNumbers() {
        const auto model = support::tinyModel();
        const auto settings = support::tinySettings({Metric::Local}, "w8");
        const std::vector<int> layers = layersOf(model.info(), kBlock);
        const auto atOnce = InputInspector(model, settings, layers).run();
        InputInspector inspector(model, settings, layers);
        int turns = 0;
        std::optional<InputInspection> result;
        while (!result) {
            std::stop_source stop; // every turn ends when its second step begins
            int reports = 0;
            result = inspector.run(stop.get_token(), [&](const ldm::Progress&) {
                if (++reports == 2) stop.request_stop();
            });
            ++turns;
        }
        QCOMPARE(turns, 4);
        compareFacts(*result, *atOnce);
    }

    void aStopWhileWeightsAreReadGivesNothing() {
        const auto model = support::tinyModel();
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!inspectWeights(model, layersOf(model.info(), kBlock), stop.get_token()));
    }

    void aNameThatIsNeitherBlockNorLayerIsRefused() {
        const auto model = support::tinyModel();
        QCOMPARE(layersOf(model.info(), "unet.conv_in").size(), std::size_t(1));
        QCOMPARE(layersOf(model.info(), model.info().layers[3].name), std::vector<int>{3});
        try {
            layersOf(model.info(), "unet.nowhere");
            QFAIL("accepted");
        } catch (const ldm::Error& error) {
            QCOMPARE(error.kind(), ldm::ErrorKind::BadInput);
            QVERIFY(QString::fromUtf8(error.what()).contains(QLatin1String("unet.nowhere")));
        }
    }

    void withoutAPromptNothingIsRun() {
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "w8");
        settings.prompts.clear();
        QVERIFY_EXCEPTION_THROWN(InputInspector(model, settings, {0}), ldm::Error);
    }

private:
    static void comparePeaks(const std::vector<ChannelPeak>& peaks, const std::vector<double>& largest,
                             const std::string& layer) {
        std::vector<double> ascending = largest;
        std::sort(ascending.begin(), ascending.end());
        const double median = ascending[ascending.size() / 2];
        QCOMPARE(peaks.size(), std::min(kMostPeaks, largest.size()));
        for (std::size_t i = 0; i < peaks.size(); ++i) {
            const double expected = ascending[ascending.size() - 1 - i];
            QCOMPARE(peaks[i].layer, layer);
            QVERIFY(std::abs(peaks[i].largest - expected) <= 1e-4 * expected);
            QVERIFY(std::abs(peaks[i].ratio - expected / median) <= 2e-4 * peaks[i].ratio);
            QVERIFY(std::abs(largest[std::size_t(peaks[i].channel)] - expected) <= 1e-4 * expected);
        }
    }

    /// Percentiles are told to within a bin.
    static void compareStep(const StepRange& step, const std::vector<float>& ascending, double width) {
        QVERIFY(std::abs(step.all.lo - ascending.front()) <= 1e-4F * std::max(1.0F, std::abs(ascending.front())));
        QVERIFY(std::abs(step.all.hi - ascending.back()) <= 1e-4F * std::max(1.0F, std::abs(ascending.back())));
        const auto outside = std::size_t(double(ascending.size()) * kOutsidePercent / 200);
        QVERIFY(std::abs(double(step.middle.lo) - double(ascending[outside])) <= width);
        QVERIFY(std::abs(double(step.middle.hi) - double(ascending[ascending.size() - 1 - outside])) <= width);
        QVERIFY(step.all.lo <= step.middle.lo && step.middle.hi <= step.all.hi);
    }
};

NOISEFLOOR_TEST(InspectTest)
#include "tst_inspect.moc"
