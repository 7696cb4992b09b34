#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/simulated.h>
#include <quant/treatment.h>

#include <ldm/arithmetic.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

using quant::ActivationFormat;
using quant::Format;
using quant::LayerTreatment;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

at::Tensor normal(std::vector<std::int64_t> shape, std::uint64_t seed) {
    return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat);
}

/// Rows whose columns are mixtures of a few common causes.
at::Tensor correlated(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    return at::matmul(normal({rows, 6}, seed), normal({6, columns}, seed + 1)) +
           0.1 * normal({rows, columns}, seed + 2);
}

at::Tensor dequantized(const quant::IntegerWeights& weights, const at::Tensor& like) {
    const at::Tensor groups = weights.scale.view({like.size(0), -1});
    const std::int64_t columns = like.flatten(1).size(1);
    const at::Tensor scales = groups.repeat_interleave((columns + groups.size(1) - 1) / groups.size(1), 1);
    return (weights.codes.flatten(1).to(at::kFloat) * scales.narrow(1, 0, columns)).view(like.sizes());
}

double outputError(const at::Tensor& weight, const at::Tensor& rounded, const at::Tensor& inputs) {
    return at::matmul(inputs, (weight - rounded).flatten(1).t()).square().sum(at::kDouble).item<double>();
}

quant::LayerInputs inputsOf(const at::Tensor& rows, std::int64_t channels) {
    const at::Tensor byChannel = rows.view({rows.size(0), channels, -1});
    return {at::amin(byChannel, {0, 2}), at::amax(byChannel, {0, 2}), rows};
}

quant::Plan planOf(Format format) {
    return {{{0, 999, {format}}}, {}, {}};
}

quant::Treatment only(LayerTreatment treatment) {
    return {{{0, std::make_shared<const LayerTreatment>(std::move(treatment))}}};
}

ldm::Layer layerOf(const at::Tensor& weight, int padding = 0) {
    ldm::Layer layer;
    layer.id = 0;
    layer.name = "unet.sample";
    layer.kind = weight.dim() == 4 ? ldm::LayerKind::Conv2d : ldm::LayerKind::Linear;
    layer.weight = ldm::held("weight", weight);
    layer.bias = ldm::held("bias", normal({weight.size(0)}, 99));
    layer.padding = padding;
    return layer;
}

} // namespace

class TreatmentTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void smoothingScalesFollowTheirFormula() {
        const at::Tensor weight = at::tensor({1.0F, -4.0F, 0.5F, -2.0F, 3.0F, -0.25F}).view({2, 3});
        const at::Tensor scales = quant::smoothingScales(at::tensor({9.0F, 1.0F, 16.0F}), weight, 0.5);
        const at::Tensor expected = at::tensor({3 / std::sqrt(2.0F), 1 / std::sqrt(4.0F), 4 / std::sqrt(0.5F)});
        QVERIFY(at::allclose(scales, expected));
    }

    void emptyChannelsAreNotScaled() {
        const at::Tensor weight = at::tensor({1.0F, 0.0F, 2.0F, 1.0F, 0.0F, 2.0F}).view({2, 3});
        for (const double alpha : {0.0, 0.1, 0.9, 1.0}) {
            const at::Tensor scales = quant::smoothingScales(at::tensor({0.0F, 5.0F, 2.0F}), weight, alpha);
            QVERIFY(at::isfinite(scales).all().item<bool>());
            QCOMPARE(scales[0].item<float>(), 1.0F);
            QCOMPARE(scales[1].item<float>(), 1.0F);
        }
    }

    void smoothingOfFloatsChangesNothingButRounding() {
        for (const bool convolution : {false, true}) {
            const at::Tensor weight = convolution ? normal({5, 4, 3, 3}, 1) : normal({5, 4}, 1);
            const at::Tensor x = convolution ? normal({2, 4, 6, 5}, 2) : normal({2, 7, 4}, 2);
            LayerTreatment treatment;
            treatment.smoothing = at::tensor({0.5F, 3.0F, 20.0F, 0.01F});
            ldm::FloatArithmetic full;
            const ldm::Layer layer = layerOf(weight, 1);
            quant::SimulatedArithmetic arithmetic(full, planOf({}), {}, only(treatment));
            const at::Tensor treated = convolution ? arithmetic.conv2d(layer, x) : arithmetic.linear(layer, x);
            const at::Tensor plain = convolution ? full.conv2d(layer, x) : full.linear(layer, x);
            QVERIFY(at::allclose(treated, plain, 1e-4, 1e-4));
            QVERIFY(at::allclose(treatment.effectiveWeight(weight, WeightFormat::Fp32), weight, 1e-6, 1e-6));
        }
    }

    void theGridFindsThePlantedAlpha() {
        // Where both sides grow together, all that matters is the side that is rounded.
        const at::Tensor spread = at::pow(2.0, at::linspace(-3, 3, 32));
        const at::Tensor rows = normal({256, 32}, 3) * spread;
        const at::Tensor weight = normal({24, 32}, 4) * spread;
        const auto alpha = [&](Format format) {
            return quant::bestAlpha(weight, inputsOf(rows, 32), format, ldm::LayerKind::Linear);
        };
        QVERIFY(alpha({WeightFormat::Fp32, ActivationFormat::Int8}).value_or(0) >= 0.8);
        QVERIFY(alpha({WeightFormat::Int8, ActivationFormat::Fp32}).value_or(1) <= 0.2);
        double least = std::numeric_limits<double>::infinity(), best = 0;
        for (int tenths = 1; tenths <= 9; ++tenths) {
            const at::Tensor s =
                quant::smoothingScales(std::get<0>(rows.abs().max(0)), weight, static_cast<double>(tenths) / 10);
            const at::Tensor x = rows / s;
            const quant::Range range{x.min().item<float>(), x.max().item<float>()};
            const at::Tensor output = at::matmul(quant::quantizedActivations(x, ActivationFormat::Int8, range),
                                                 quant::quantizedWeights(weight * s, WeightFormat::Int8).t());
            const double error = quant::errorSums(at::matmul(rows, weight.t()), output).error;
            if (error < least) best = static_cast<double>(tenths) / 10;
            least = std::min(least, error);
        }
        QCOMPARE(alpha({WeightFormat::Int8, ActivationFormat::Int8}).value_or(0), best);
    }

    void smoothingIsKeptOnlyWhereItHelps() {
        const at::Tensor rows = normal({64, 16}, 5);
        const at::Tensor weight = normal({8, 16}, 6);
        QVERIFY(!quant::bestAlpha(weight, inputsOf(rows, 16), {}, ldm::LayerKind::Linear));
        QVERIFY(!quant::bestAlpha(weight, inputsOf(at::zeros({4, 16}), 16),
                                  {WeightFormat::Int8, ActivationFormat::Int8}, ldm::LayerKind::Linear));
    }

    void partsOfASplitInputAreQuantizedOnTheirOwn() {
        const at::Tensor weight = normal({3, 6, 3, 3}, 7);
        const at::Tensor x = at::cat({100 * normal({2, 4, 5, 5}, 8), normal({2, 2, 5, 5}, 9)}, 1);
        LayerTreatment treatment;
        treatment.splitAt = 4;
        treatment.splitInput = 1;
        const quant::Calibration ranges{{{-300, 310}, {-3, 4}}, "all"};
        ldm::FloatArithmetic full;
        const Format format{WeightFormat::Int8, ActivationFormat::Int8};
        quant::SimulatedArithmetic arithmetic(full, planOf(format), ranges, only(treatment));
        const at::Tensor input =
            at::cat({quant::quantizedActivations(x.narrow(1, 0, 4), ActivationFormat::Int8, {-300, 310}),
                     quant::quantizedActivations(x.narrow(1, 4, 2), ActivationFormat::Int8, {-3, 4})},
                    1);
        const ldm::Layer layer = layerOf(weight, 1);
        const at::Tensor expected =
            at::conv2d(input, quant::quantizedWeights(weight, WeightFormat::Int8), layer.bias.values(), 1, 1);
        QVERIFY(at::allclose(arithmetic.conv2d(layer, x), expected, 1e-5, 1e-3));
        // One range for both would round the small part to nothing.
        quant::SimulatedArithmetic whole(full, planOf(format), {{{-300, 310}}, "all"});
        const at::Tensor exact = full.conv2d(layer, x);
        const double splitError = quant::errorSums(exact, arithmetic.conv2d(layer, x)).error;
        QVERIFY(splitError < quant::errorSums(exact, whole.conv2d(layer, x)).error);
    }

    void splitInputsNeedTheirRanges() {
        LayerTreatment treatment;
        treatment.splitAt = 4;
        treatment.splitInput = 1;
        ldm::FloatArithmetic full;
        const quant::Plan plan = planOf({WeightFormat::Int8, ActivationFormat::Int8});
        QVERIFY(!failureOf(ldm::ErrorKind::Failed, [&] {
                     quant::SimulatedArithmetic(full, plan, {{{-1, 1}}, "all"}, only(treatment));
                 }).empty());
    }

    void exactLayersAreFullPrecision() {
        const ldm::Layer layer = layerOf(normal({3, 6}, 10));
        LayerTreatment treatment;
        treatment.exact = true;
        ldm::FloatArithmetic full;
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Int4, ActivationFormat::Int8}),
                                              {{{-1, 1}}, "all"}, only(treatment));
        const at::Tensor x = 10 * normal({4, 6}, 11);
        QVERIFY(at::equal(arithmetic.linear(layer, x), full.linear(layer, x)));
        arithmetic.apply(planOf({WeightFormat::Int4, ActivationFormat::Int8}), {{{-1, 1}}, "all"});
        QVERIFY(!at::equal(arithmetic.linear(layer, x), full.linear(layer, x)));
    }

    void aMatrixOfLowRankIsItsFactors() {
        const at::Tensor weight = at::matmul(normal({40, 5}, 12), normal({5, 3 * 9}, 13)).view({40, 3, 3, 3});
        const quant::LowRankFactors factors = quant::lowRankFactors(weight, 5);
        QCOMPARE(factors.left.scalar_type(), at::kHalf);
        QCOMPARE(factors.right.sizes().vec(), (std::vector<std::int64_t>{5, 3, 3, 3}));
        QVERIFY(at::allclose(factors.product(), weight, 2e-3, 2e-2));
    }

    void lowRankFactorsAreNearlyTheBest() {
        const at::Tensor decay = at::pow(0.8, at::arange(60, at::kFloat));
        const at::Tensor weight = at::matmul(normal({80, 60}, 14) * decay, normal({60, 70}, 15));
        const at::Tensor values = std::get<1>(at::linalg_svd(weight, false));
        const double best = values.narrow(0, 16, values.size(0) - 16).square().sum().item<double>();
        const double found = (weight - quant::lowRankFactors(weight, 16).product()).square().sum().item<double>();
        QVERIFY2(found < 1.02 * best, qPrintable(QString::number(found / best)));
    }

    void theSeedDecidesTheFactors() {
        const at::Tensor weight = normal({30, 20}, 16);
        const auto once = quant::lowRankFactors(weight, 4, 1);
        QVERIFY(at::equal(once.product(), quant::lowRankFactors(weight, 4, 1).product()));
        QVERIFY(!at::equal(once.product(), quant::lowRankFactors(weight, 4, 2).product()));
    }

    void unusableRanksAndWeightsAreRefused() {
        const at::Tensor weight = normal({6, 20}, 17);
        for (const int rank : {-1, 0, 6, 7, 1000})
            QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { quant::lowRankFactors(weight, rank); }),
                             "choose 1 to 5"));
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] {
                     quant::lowRankFactors(at::full({6, 20}, std::nan(""), at::kFloat), 2);
                 }).empty());
    }

    void lowRankRunsBesideTheQuantizedRest() {
        const at::Tensor weight = normal({12, 8, 3, 3}, 18);
        const at::Tensor x = normal({2, 8, 6, 6}, 19);
        LayerTreatment treatment;
        treatment.lowRank = quant::lowRankFactors(weight, 3);
        ldm::FloatArithmetic full;
        const ldm::Layer layer = layerOf(weight, 1);
        quant::SimulatedArithmetic arithmetic(full, planOf({WeightFormat::Int4, ActivationFormat::Int8}),
                                              {{{-4, 4}}, "all"}, only(treatment));
        const at::Tensor rest = quant::quantizedWeights(weight - treatment.lowRank.product(), WeightFormat::Int4);
        const at::Tensor quantized = quant::quantizedActivations(x, ActivationFormat::Int8, {-4, 4});
        const at::Tensor expected = at::conv2d(quantized, rest, layer.bias.values(), 1, 1) +
                                    at::conv2d(x, treatment.lowRank.product(), {}, 1, 1);
        QVERIFY(at::allclose(arithmetic.conv2d(layer, x), expected, 1e-4, 1e-4));
        const at::Tensor effective = treatment.effectiveWeight(weight, WeightFormat::Int4);
        QVERIFY(at::allclose(effective, rest + treatment.lowRank.product()));
        QVERIFY(quant::errorSums(weight, effective).error <
                quant::errorSums(weight, quant::quantizedWeights(weight, WeightFormat::Int4)).error);
    }

    void errorFeedbackOfUnrelatedInputsIsNearestRounding() {
        const at::Tensor weight = normal({7, 300}, 20);
        const auto rounded = quant::roundedWithFeedback(weight, WeightFormat::Int4, at::eye(300));
        QVERIFY(at::equal(rounded.codes, quant::integerWeights(weight, WeightFormat::Int4).codes));
        QVERIFY(at::equal(rounded.scale, quant::integerWeights(weight, WeightFormat::Int4).scale));
    }

    void errorFeedbackServesCorrelatedInputsBetter_data() {
        QTest::addColumn<int>("format");
        QTest::newRow("per channel") << static_cast<int>(WeightFormat::Int4);
        QTest::newRow("per group of 32") << static_cast<int>(WeightFormat::Int4G32);
    }

    void errorFeedbackServesCorrelatedInputsBetter() {
        QFETCH(int, format);
        const auto weights = static_cast<WeightFormat>(format);
        const at::Tensor weight = normal({16, 20, 3, 3}, 21); // 180 columns: more than one block, a short last group
        const at::Tensor inputs = correlated(500, 180, 22);
        const at::Tensor nearest = quant::quantizedWeights(weight, weights);
        const auto rounded = quant::roundedWithFeedback(weight, weights, inputs);
        LayerTreatment treatment;
        treatment.rounded.emplace(weights, rounded);
        const at::Tensor fed = treatment.quantizedRemainder(weight, weights);
        QVERIFY(outputError(weight, fed, inputs) < 0.5 * outputError(weight, nearest, inputs));
        QVERIFY(rounded.codes.abs().max().item<int>() <= 7);
        for (std::int64_t channel = 0; channel < weight.size(0); ++channel)
            QVERIFY(outputError(weight.narrow(0, channel, 1), fed.narrow(0, channel, 1), inputs) <=
                    1.0001 * outputError(weight.narrow(0, channel, 1), nearest.narrow(0, channel, 1), inputs));
    }

    void errorFeedbackStandsEmptyColumnsAndChannels() {
        at::Tensor weight = normal({6, 40}, 24);
        weight.select(0, 2).zero_();
        at::Tensor inputs = correlated(20, 40, 25); // fewer rows than columns
        inputs.select(1, 5).zero_();
        inputs.select(1, 6).fill_(3);
        const auto rounded = quant::roundedWithFeedback(weight, WeightFormat::Int4, inputs);
        QVERIFY(rounded.codes.select(0, 2).eq(0).all().item<bool>());
        const auto idle = quant::roundedWithFeedback(weight, WeightFormat::Int4, at::zeros({20, 40}));
        QVERIFY(at::equal(idle.codes, quant::integerWeights(weight, WeightFormat::Int4).codes));
        QVERIFY(at::allclose(dequantized(idle, weight), quant::quantizedWeights(weight, WeightFormat::Int4)));
    }

    void errorFeedbackRefusesWhatIsNotFinite() {
        at::Tensor inputs = correlated(20, 40, 26);
        inputs[3][4] = std::nanf("");
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] {
                     quant::roundedWithFeedback(normal({6, 40}, 27), WeightFormat::Int4, inputs);
                 }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::Failed, [&] {
                     quant::roundedWithFeedback(normal({6, 40}, 27), WeightFormat::Int4, normal({20, 39}, 28));
                 }).empty());
    }
};

NOISEFLOOR_TEST(TreatmentTest)
#include "tst_treatment.moc"
