#include "ldm/damage.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <quant/quantize.h>
#include <quant/simulated.h>
#include <quant/simulation.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using quant::ActivationFormat;
using quant::Format;
using quant::Recipe;
using quant::WeightFormat;
using support::failureOf;

namespace {

ldm::GenerateSettings settings() {
    ldm::GenerateSettings result;
    result.prompt = "a red heart";
    result.seed = 5;
    result.steps = 3;
    return result;
}

/// A recipe of one format, calibrated on the first step of a few prompts to be quick.
Recipe uniform(Format format) {
    Recipe recipe;
    recipe.base = format;
    recipe.calibration.steps = "first";
    return recipe;
}

double meanSquare(const ldm::Image& a, const ldm::Image& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::pow(double(a.rgb[i]) - double(b.rgb[i]), 2);
    return sum / static_cast<double>(a.rgb.size());
}

/// One layer's format in a plan of nothing else.
quant::Plan planOf(Format format) {
    return {{{0, 999, {format}}}, {}, {}};
}

ldm::Layer linearLayer() {
    ldm::Layer layer;
    layer.id = 0;
    layer.name = "unet.sample";
    layer.weight = ldm::held("weight", at::linspace(-1, 1.3, 12).reshape({3, 4}).to(at::kHalf));
    layer.bias = ldm::held("bias", at::tensor({0.5F, -0.5F, 0.0F}));
    return layer;
}

} // namespace

class SimulationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        support::put(m_folder.filePath("prompts.txt").toStdString(), "a dog\nsmiling face\n");
    }

    void aLinearLayerComputesWithQuantizedWeightsAndInput() {
        const ldm::Layer layer = linearLayer();
        const at::Tensor x = at::linspace(-2, 3, 8).reshape({2, 4});
        ldm::FloatArithmetic full;
        for (const Format format : {Format{WeightFormat::Int8, ActivationFormat::Int8},
                                    {WeightFormat::Int4, ActivationFormat::Int16},
                                    {WeightFormat::Fp32, ActivationFormat::Int8},
                                    {WeightFormat::Bf16, ActivationFormat::Fp32},
                                    {WeightFormat::Int4G32, ActivationFormat::Int8Token},
                                    {WeightFormat::Q4_0, ActivationFormat::Int4},
                                    {WeightFormat::Int4, ActivationFormat::Int4Token},
                                    {WeightFormat::Fp8E4M3, ActivationFormat::Fp8E4M3}}) {
            quant::SimulatedArithmetic arithmetic(full, planOf(format), {{{-2, 2.5F}}, "all"});
            const at::Tensor expected =
                at::linear(quant::quantizedActivations(x, format.activations, {-2, 2.5F}),
                           quant::quantizedWeights(layer.weight.values(), format.weights), layer.bias.values());
            QVERIFY2(at::allclose(arithmetic.linear(layer, x), expected, 1e-6, 1e-6), quant::toString(format).c_str());
        }
    }

    void aConvolutionComputesWithQuantizedWeightsAndInput() {
        ldm::Layer layer = linearLayer();
        layer.kind = ldm::LayerKind::Conv2d;
        layer.weight = ldm::held("weight", at::linspace(-1, 1.3, 2 * 4 * 9).reshape({2, 4, 3, 3}));
        layer.bias = ldm::held("bias", at::tensor({0.25F, 1.0F}));
        layer.stride = 2;
        layer.padding = 1;
        const at::Tensor x = at::linspace(-2, 3, 4 * 36).reshape({1, 4, 6, 6});
        ldm::FloatArithmetic full;
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Int4, ActivationFormat::Int8}),
                                              {{{-2, 3}}, "all"});
        const at::Tensor expected =
            at::conv2d(quant::quantizedActivations(x, ActivationFormat::Int8, {-2, 3}),
                       quant::quantizedWeights(layer.weight.values(), WeightFormat::Int4), layer.bias.values(), 2, 1);
        QVERIFY(at::allclose(arithmetic.conv2d(layer, x), expected, 1e-5, 1e-5));
        QVERIFY(at::allclose(arithmetic.conv2d(layer, x), expected, 1e-5, 1e-5));
    }

    void formatsFollowTheTimestep() {
        const ldm::Layer layer = linearLayer();
        const at::Tensor x = at::linspace(-2, 3, 8).reshape({2, 4});
        ldm::FloatArithmetic full;
        quant::Plan plan = planOf({WeightFormat::Int4, ActivationFormat::Fp32});
        plan.segments[0].lastTimestep = 499;
        plan.segments.push_back({500, 999, {Format{}}});
        quant::SimulatedArithmetic arithmetic(full, plan, {});
        QVERIFY(!arithmetic.setTimestep(999));
        QVERIFY(at::equal(arithmetic.linear(layer, x), full.linear(layer, x)));
        QVERIFY(arithmetic.setTimestep(499));
        QVERIFY(!at::equal(arithmetic.linear(layer, x), full.linear(layer, x)));
        QVERIFY(!arithmetic.setTimestep(0));
        QVERIFY(arithmetic.setTimestep(500));
        arithmetic.forget();
        arithmetic.apply(planOf({}), {});
        QVERIFY(at::equal(arithmetic.linear(layer, x), full.linear(layer, x)));
    }

    void rangesFollowTheTimestep() {
        const ldm::Layer layer = linearLayer();
        const at::Tensor x = at::linspace(-2, 3, 8).reshape({2, 4});
        ldm::FloatArithmetic full;
        quant::Calibration ranges{{{-2, 3}, {-1, 1}}, "all"};
        ranges.intervals = 2;
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Fp32, ActivationFormat::Int4}), ranges);
        const auto expected = [&](quant::Range range) {
            return full.linear(layer, quant::quantizedActivations(x, ActivationFormat::Int4, range));
        };
        QVERIFY(!arithmetic.setTimestep(999));
        QVERIFY(at::equal(arithmetic.linear(layer, x), expected({-1, 1})));
        QVERIFY(arithmetic.setTimestep(499));
        QVERIFY(at::equal(arithmetic.linear(layer, x), expected({-2, 3})));
        QVERIFY(!arithmetic.setTimestep(0));
        QVERIFY(arithmetic.setTimestep(500));
    }

    void weightsOfFormerPlansAreNotMadeAgain() {
        ldm::Layer layer = linearLayer();
        int reads = 0;
        layer.weight.load = [&reads, values = layer.weight.values()] {
            ++reads;
            return values;
        };
        const at::Tensor x = at::ones({1, 4});
        ldm::FloatArithmetic full;
        const auto kept = std::make_shared<quant::KeptWeights>(1 << 20);
        const auto run = [&](WeightFormat format) {
            quant::SimulatedArithmetic arithmetic(full, planOf({format, ActivationFormat::Fp32}), {}, {}, kept);
            arithmetic.linear(layer, x);
        };
        run(WeightFormat::Int8);
        run(WeightFormat::Int4);
        const int readOnce = reads;
        run(WeightFormat::Int8);
        run(WeightFormat::Int4);
        QCOMPARE(reads, readOnce);
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Int8, ActivationFormat::Fp32}), {}, {}, kept);
        arithmetic.apply(planOf({WeightFormat::Int4, ActivationFormat::Fp32}), {});
        arithmetic.linear(layer, x);
        QCOMPARE(reads, readOnce);
        arithmetic.forget();
        arithmetic.linear(layer, x);
        QVERIFY(reads > readOnce);
    }

    void blocksThatFindNoRoomAreSetAside() {
        ldm::Layer layer = linearLayer();
        const at::Tensor weight = at::linspace(-1, 1.3, 3 * 256).reshape({3, 256});
        int reads = 0;
        layer.weight = ldm::held("weight", weight);
        layer.weight.load = [&] {
            ++reads;
            return weight;
        };
        const at::Tensor x = at::linspace(-2, 3, 256).reshape({1, 256});
        quant::KeptWeights kept(0);
        const auto run = [&](WeightFormat format) { return kept.get(layer, format, at::kCPU).run(x); };
        for (const WeightFormat format : {WeightFormat::Q4_K, WeightFormat::Q8_0}) {
            const at::Tensor expected =
                at::linear(x, quant::quantizedWeights(weight, format), layer.bias.values().to(at::kFloat));
            for (int use = 0; use < 3; ++use) QVERIFY(at::allclose(run(format), expected, 1e-6, 1e-6));
        }
        QCOMPARE(reads, 2);
        run(WeightFormat::Int8);
        run(WeightFormat::Int8);
        QCOMPARE(reads, 4); // what is made as fast as it is read is not set aside
        kept.clear();
        run(WeightFormat::Q4_K);
        QCOMPARE(reads, 5);
    }

    void quantizedInputsNeedRanges() {
        ldm::FloatArithmetic full;
        QVERIFY(!failureOf(ldm::ErrorKind::Failed, [&] {
                     quant::SimulatedArithmetic(full, planOf({WeightFormat::Int8, ActivationFormat::Int8}), {});
                 }).empty());
        quant::SimulatedArithmetic(full, planOf({WeightFormat::Int8, ActivationFormat::Fp16}), {});
    }

    void damagedWeightsNameTheirLayer() {
        ldm::Layer layer = linearLayer();
        layer.weight = ldm::held("weight", at::full({3, 4}, std::nan(""), at::kFloat));
        ldm::FloatArithmetic full;
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Int8, ActivationFormat::Fp32}), {});
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
            arithmetic.linear(layer, at::ones({1, 4}));
        });
        QVERIFY2(support::contains(said, "'unet.sample'"), said.c_str());
    }

    void aRecipeOfFloatsIsThePictureItself() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        const auto full = simulation.full(settings());
        QVERIFY(full && !full->empty());
        QVERIFY(simulation.quantized(uniform({}), settings()) == full);
    }

    void fewerBitsMoveThePictureFurther() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        const auto full = simulation.full(settings());
        const auto w8 = simulation.quantized(uniform({WeightFormat::Int8, ActivationFormat::Fp32}), settings());
        const auto w4 = simulation.quantized(uniform({WeightFormat::Int4, ActivationFormat::Fp32}), settings());
        QVERIFY(full && w8 && w4);
        QVERIFY(0 < meanSquare(*full, *w8) && meanSquare(*full, *w8) < meanSquare(*full, *w4));
    }

    void theSamePictureComesOutWhateverWasMadeBefore() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        const Recipe recipe = calibrated({WeightFormat::Int8, ActivationFormat::Int8});
        const auto first = simulation.quantized(recipe, settings());
        simulation.quantized(calibrated({WeightFormat::Int4, ActivationFormat::Int16}), settings());
        QVERIFY(first && simulation.quantized(recipe, settings()) == first);
        quant::Simulation fresh(ldm::Model::open("emoji-ldm"));
        QVERIFY(fresh.quantized(recipe, settings()) == first);
        QVERIFY(first != simulation.full(settings()));
    }

    void stepsOfTwoFormatsShareNoKeysAndValues() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        Recipe late = uniform({});
        late.rules.push_back({"**", WeightFormat::Int4, {}, {{0, 500}}, ""});
        Recipe lateButContext = late;
        lateButContext.rules.push_back({"unet.**.attn2.to_k", WeightFormat::Fp32, {}, {}, ""});
        lateButContext.rules.push_back({"unet.**.attn2.to_v", WeightFormat::Fp32, {}, {}, ""});
        const auto whole = simulation.quantized(late, settings());
        const auto except = simulation.quantized(lateButContext, settings());
        QVERIFY(whole && except);
        // Were keys and values of the first steps reused, the two would be the same picture.
        QVERIFY(whole != except);
    }

    void calibrationRunsOnceForTheSameSettings() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        const Recipe recipe = calibrated({WeightFormat::Int8, ActivationFormat::Int8});
        QCOMPARE(calibrationsDuring(simulation, recipe, settings()), 1);
        ldm::GenerateSettings other = settings();
        other.prompt = "a dog";
        other.seed = 9;
        QCOMPARE(calibrationsDuring(simulation, recipe, other), 0);
        other.steps = 2;
        QCOMPARE(calibrationsDuring(simulation, recipe, other), 1);
        QCOMPARE(calibrationsDuring(simulation, uniform({WeightFormat::Int4, ActivationFormat::Fp16}), other), 0);
    }

    void everyKindOfRangeMakesItsOwnPicture() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        std::vector<ldm::Image> pictures;
        for (const char* range : {"minmax", "percentile", "mse"})
            for (const int intervals : {1, 3}) {
                Recipe recipe = calibrated({WeightFormat::Fp32, ActivationFormat::Int4});
                recipe.calibration.steps = "all"; // of three, one in each interval
                recipe.calibration.range = range;
                recipe.calibration.percentile = 99;
                recipe.calibration.intervals = intervals;
                QCOMPARE(calibrationsDuring(simulation, recipe, settings()), 1);
                const auto picture = simulation.quantized(recipe, settings());
                QVERIFY(picture && std::find(pictures.begin(), pictures.end(), *picture) == pictures.end());
                pictures.push_back(*picture);
            }
    }

    void tokensNeedNoCalibration() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        const Recipe recipe = calibrated({WeightFormat::Q8_0, ActivationFormat::Int8Token});
        QCOMPARE(calibrationsDuring(simulation, recipe, settings()), 0);
        const auto full = simulation.full(settings());
        const auto dynamic = simulation.quantized(recipe, settings());
        const auto fixed = simulation.quantized(calibrated({WeightFormat::Q8_0, ActivationFormat::Int8}), settings());
        QVERIFY(full && dynamic && fixed);
        QVERIFY(0 < meanSquare(*full, *dynamic) && meanSquare(*full, *dynamic) < meanSquare(*full, *fixed));
    }

    void savedRangesReplaceTheRun() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        Recipe recipe = calibrated({WeightFormat::Int8, ActivationFormat::Int8});
        const auto ranges = simulation.calibration(recipe.calibration, settings());
        QVERIFY(ranges);
        const auto picture = simulation.quantized(recipe, settings());
        const std::string file = m_folder.filePath("ranges.safetensors").toStdString();
        quant::saveCalibration(*ranges, simulation.model().info(), file);
        recipe.calibration.file = file;
        quant::Simulation fresh(ldm::Model::open("emoji-ldm"));
        QVERIFY(fresh.quantized(recipe, settings()) == picture);
        QCOMPARE(calibrationsDuring(fresh, recipe, settings()), 0);
    }

    void modelsWithoutAnAutoencoderAreNotCalibratedForPictures() {
        const std::filesystem::path folder = m_folder.filePath("lacking").toStdString();
        support::copyWritable(ldm::Model::open("emoji-ldm").info().path, folder);
        support::setting("model_index.json", {{"vae", {nullptr, nullptr}}})(folder);
        quant::Simulation simulation(ldm::Model::open(folder.string()));
        const Recipe recipe = calibrated({WeightFormat::Int8, ActivationFormat::Int8});
        int reports = 0;
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
            simulation.quantized(recipe, settings(), {}, [&](const ldm::Progress&) { ++reports; });
        });
        QVERIFY2(support::contains(said, "has no autoencoder,"), said.c_str());
        QCOMPARE(reports, 0);
        QVERIFY(simulation.calibration(recipe.calibration, settings())); // as an analysis needs it
    }

    void aStoppedPictureIsNone() {
        quant::Simulation simulation(ldm::Model::open("emoji-ldm"));
        std::stop_source stop;
        const auto stopAtSecond = [&](const ldm::Progress& progress) {
            if (progress.what == "denoising" && progress.done == 1) stop.request_stop();
        };
        QVERIFY(!simulation.quantized(uniform({WeightFormat::Int8, ActivationFormat::Fp32}), settings(),
                                      stop.get_token(), stopAtSecond));
        QVERIFY(!simulation.full(settings(), stop.get_token()));
        const Recipe recipe = calibrated({WeightFormat::Int8, ActivationFormat::Int8});
        QVERIFY(!simulation.quantized(recipe, settings(), stop.get_token()));
        QVERIFY(simulation.quantized(recipe, settings()));
    }

private:
    Recipe calibrated(Format format) const {
        Recipe recipe = uniform(format);
        recipe.calibration.prompts = m_folder.filePath("prompts.txt").toStdString();
        return recipe;
    }

    /// 1 if making the picture calibrated first.
    static int calibrationsDuring(quant::Simulation& simulation, const Recipe& recipe,
                                  const ldm::GenerateSettings& how) {
        bool calibrated = false;
        const auto picture = simulation.quantized(
            recipe, how, {}, [&](const ldm::Progress& progress) { calibrated |= progress.what == "calibrating"; });
        return picture ? static_cast<int>(calibrated) : -1;
    }

    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(SimulationTest)
#include "tst_simulation.moc"
