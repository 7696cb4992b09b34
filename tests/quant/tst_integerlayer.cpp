#include "inputcodes.h"

#include "support/testmain.h"

#include <quant/calibration.h>
#include <quant/integerlayer.h>
#include <quant/products.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <QTest>

#include <cmath>
#include <limits>

using quant::ActivationFormat;
using quant::ActivationScale;
using quant::IntegerWeights;
using quant::Range;
using quant::WeightFormat;

namespace {

/// Codes from -limit to limit and scales that differ by channel, the second channel being zero throughout.
IntegerWeights someWeights(std::vector<std::int64_t> shape, int limit) {
    IntegerWeights result;
    result.codes = at::randint(-limit, limit + 1, shape, at::kFloat).to(at::kChar);
    result.codes[1].zero_();
    result.scale = at::rand({shape[0]}) * 0.01 + 0.001;
    result.scale[1].zero_();
    return result;
}

ldm::Layer layerOf(ldm::LayerKind kind, bool bias, std::int64_t outputs, int stride = 1, int padding = 0) {
    ldm::Layer layer;
    layer.id = 0;
    layer.kind = kind;
    layer.name = "unet.sample";
    if (bias) layer.bias = ldm::held("bias", at::randn({outputs}));
    layer.stride = stride;
    layer.padding = padding;
    return layer;
}

/// What the layer stands for, in double.
at::Tensor expected(const ldm::Layer& layer, const IntegerWeights& weights, const at::Tensor& x, Range range,
                    ActivationFormat format) {
    std::vector<std::int64_t> perChannel(static_cast<std::size_t>(weights.codes.dim()), 1);
    perChannel[0] = -1;
    const at::Tensor weight = weights.codes.to(at::kDouble) * weights.scale.to(at::kDouble).reshape(perChannel);
    const at::Tensor input = quant::quantizedActivations(x, format, range).to(at::kDouble);
    const at::Tensor bias = layer.bias.defined() ? layer.bias.values().to(at::kDouble) : at::Tensor();
    return layer.kind == ldm::LayerKind::Linear
               ? at::linear(input, weight, bias)
               : at::conv2d(input, weight, bias, {layer.stride, layer.stride}, {layer.padding, layer.padding});
}

bool near(const at::Tensor& actual, const at::Tensor& wanted) {
    const double largest = wanted.abs().max().item<double>();
    return actual.sizes() == wanted.sizes() && actual.is_contiguous() &&
           (actual.to(at::kDouble) - wanted).abs().max().item<double>() <= 2e-7 * largest;
}

/// Every output one rounding larger.
class Nudged final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        return inner().linear(layer, x).mul_(1 + std::numeric_limits<float>::epsilon());
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        return inner().conv2d(layer, x).mul_(1 + std::numeric_limits<float>::epsilon());
    }
};

constexpr Range kRange{-1.5F, 2.25F};

} // namespace

class IntegerLayerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { at::manual_seed(1); }

    void codesAreThoseOfTheDefinition() {
        const at::Tensor x = at::randn({3, 70, 9, 11}) * 2;
        for (const ActivationFormat format : {ActivationFormat::Int8, ActivationFormat::Int4})
            for (const Range range : {kRange, Range{0, 1}, Range{-3, -1}, Range{0, 0}}) {
                const ActivationScale scale = quant::activationScale(range, format);
                const at::Tensor wanted = quant::quantizedActivations(x, format, range);
                const auto values = [&](const at::Tensor& codes) {
                    return (codes.to(at::kFloat) - scale.zeroPoint) * scale.scale;
                };
                QVERIFY(at::equal(values(quant::inputCodes(x, scale).value()), wanted));
                const at::Tensor byPosition = values(quant::inputCodesByPosition(x, scale).value());
                QVERIFY(at::equal(byPosition.permute({0, 3, 1, 2}), wanted));
                const at::Tensor channelsLast = x.contiguous(at::MemoryFormat::ChannelsLast);
                QVERIFY(at::equal(values(quant::inputCodesByPosition(channelsLast, scale).value()), byPosition));
            }
    }

    void wideCodesAreTwoBytes() {
        const at::Tensor x = at::randn({2, 70, 5, 13}) * 2;
        const ActivationScale scale = quant::activationScale(kRange, ActivationFormat::Int16);
        const auto joined = [](const at::Tensor& high, const at::Tensor& low) {
            return high.to(at::kInt) * 256 + low.to(at::kInt);
        };
        const at::Tensor codes = joined(quant::inputCodes(x, scale, quant::CodeByte::High).value(),
                                        quant::inputCodes(x, scale, quant::CodeByte::Low).value());
        QVERIFY(at::equal((codes.to(at::kFloat) - scale.zeroPoint) * scale.scale,
                          quant::quantizedActivations(x, ActivationFormat::Int16, kRange)));
        const at::Tensor byPosition = joined(quant::inputCodesByPosition(x, scale, quant::CodeByte::High).value(),
                                             quant::inputCodesByPosition(x, scale, quant::CodeByte::Low).value());
        QVERIFY(at::equal(byPosition.permute({0, 3, 1, 2}), codes));
    }

    void infinitiesHaveCodesAndNansHaveNone() {
        const ActivationScale scale = quant::activationScale(kRange, ActivationFormat::Int8);
        const float infinity = std::numeric_limits<float>::infinity();
        const at::Tensor ends = quant::inputCodes(at::tensor({-infinity, infinity}), scale).value();
        QCOMPARE(ends[0].item<int>(), 0);
        QCOMPARE(ends[1].item<int>(), 255);
        for (const std::int64_t place : {0, 4096, 69999}) {
            at::Tensor x = at::zeros({70000});
            x[place] = std::nanf("");
            QVERIFY(!quant::inputCodes(x, scale));
            QVERIFY(!quant::inputCodesByPosition(x.view({1, 70, 10, 100}), scale));
        }
    }

    void linearLayersSumExactly() {
        for (const bool bias : {true, false})
            for (const int rows : {1, 2, 77}) {
                const auto weights = someWeights({48, 320}, 64);
                const ldm::Layer layer = layerOf(ldm::LayerKind::Linear, bias, 48);
                const at::Tensor x = at::randn({2, rows, 320});
                const quant::IntegerLayer integers(layer, weights);
                for (const Range range : {kRange, Range{-4, 0}, Range{0, 3}}) // prepares itself for each
                    for (const ActivationFormat format : {ActivationFormat::Int8, ActivationFormat::Int16}) {
                        const ActivationScale scale = quant::activationScale(range, format);
                        QVERIFY(near(integers.run(x, scale).value(), expected(layer, weights, x, range, format)));
                    }
            }
    }

    void convolutionsSumExactlyUpToTheirPadding() {
        struct Case {
            int kernel, stride, padding, channels;
        };
        for (const Case c :
             {Case{3, 1, 1, 64}, Case{3, 2, 1, 64}, Case{3, 2, 0, 30}, Case{1, 1, 0, 96}, Case{3, 1, 1, 4}}) {
            const auto weights = someWeights({40, c.channels, c.kernel, c.kernel}, 64);
            const ldm::Layer layer = layerOf(ldm::LayerKind::Conv2d, true, 40, c.stride, c.padding);
            const quant::IntegerLayer integers(layer, weights);
            for (const int side : {8, 17}) { // and for each of these
                const at::Tensor x = at::randn({2, c.channels, side, side + 1});
                for (const ActivationFormat format :
                     {ActivationFormat::Int16, ActivationFormat::Int8, ActivationFormat::Int4}) {
                    const ActivationScale scale = quant::activationScale(kRange, format);
                    QVERIFY(near(integers.run(x, scale).value(), expected(layer, weights, x, kRange, format)));
                }
            }
        }
    }

    void allCodesAreExactWhereTheProcessorSaysSo() {
        if (quant::largestExactCode() < 127) QSKIP("this processor adds two products in 16 bits: no VNNI");
        auto weights = someWeights({32, 256, 3, 3}, 127);
        weights.codes[0].fill_(127);
        const ldm::Layer layer = layerOf(ldm::LayerKind::Conv2d, true, 32, 1, 1);
        const at::Tensor x = at::full({1, 256, 8, 8}, 9.0F); // the largest code everywhere
        const ActivationScale scale = quant::activationScale(kRange, ActivationFormat::Int8);
        QVERIFY(near(quant::IntegerLayer(layer, weights).run(x, scale).value(),
                     expected(layer, weights, x, kRange, ActivationFormat::Int8)));
    }

    void anInputThatIsNoNumberIsNotComputed() {
        const quant::IntegerLayer integers(layerOf(ldm::LayerKind::Linear, true, 8), someWeights({8, 16}, 7));
        const at::Tensor x = at::full({1, 16}, std::nanf(""));
        QVERIFY(!integers.run(x, quant::activationScale(kRange, ActivationFormat::Int8)));
    }

    /// Every rounding of an activation that falls on a border flips with the last bit of a sum, and flips spread: the
    /// simulation differs from itself as soon as its sums do. Integers must do no worse.
    void aSimulatedModelMovesByIntegersNoFurtherThanByRoundings() {
        if (quant::largestExactCode() < 7) QSKIP("this processor has no products of bytes");
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        ldm::Networks& networks = model.networks();
        const quant::Plan plan = quant::uniformPlan(networks.info, {WeightFormat::Int4, ActivationFormat::Int8});
        quant::Calibration ranges;
        ranges.inputs.assign(networks.info.layers.size(), {-4, 6});
        ldm::Condition condition;
        condition.context = at::randn({2, 77, networks.unet.config().crossAttentionDim});
        const at::Tensor latent = at::randn({2, 4, 16, 16});
        const auto simulated = [&](quant::Products products) {
            const auto kept = std::make_shared<quant::KeptWeights>(ldm::kKeptWeightBytes, products);
            return quant::SimulatedArithmetic(networks.unetArithmetic, plan, ranges, {}, kept);
        };
        const auto noise = [&](ldm::Arithmetic& arithmetic) {
            return networks.unet.finish(arithmetic, networks.unet.start(latent, at::tensor({500.0F}), condition));
        };
        quant::SimulatedArithmetic floats = simulated(quant::Products::Float);
        quant::SimulatedArithmetic integers = simulated(quant::Products::Integer);
        Nudged nudged(floats);
        const at::Tensor byFloats = noise(floats);
        const auto decibels = [&](ldm::Arithmetic& other) {
            const quant::ErrorSums sums = quant::errorSums(byFloats, noise(other));
            return 10 * std::log10(sums.signal / sums.error);
        };
        const double moved = decibels(nudged);
        const double byIntegers = decibels(integers);
        QVERIFY(std::isfinite(byIntegers)); // other sums
        QVERIFY2(byIntegers >= moved - 3 && byIntegers >= 35,
                 (std::to_string(byIntegers) + " and " + std::to_string(moved)).c_str());
    }
};

NOISEFLOOR_TEST(IntegerLayerTest)
#include "tst_integerlayer.moc"
