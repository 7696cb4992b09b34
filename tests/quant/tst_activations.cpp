#include "quant/values.h"
#include "support/testmain.h"

#include <quant/quantize.h>

#include <ATen/ATen.h>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using quant::ActivationFormat;
using support::noise;
using support::valuesOf;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> activations(const std::vector<float>& values, ActivationFormat format, quant::Range range) {
    return valuesOf(quant::quantizedActivations(at::tensor(values), format, range));
}

} // namespace

class ActivationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void activationsFollowTheDefinitionToTheBit() {
        const at::Tensor x = noise(40001, 3, 2);
        const quant::Range range{-3.3F, 5.1F};
        for (const ActivationFormat format : {ActivationFormat::Int8, ActivationFormat::Int16}) {
            const auto [scale, zero, levels] = quant::activationScale(range, format);
            const std::vector<float> in = valuesOf(x);
            const std::vector<float> out = valuesOf(quant::quantizedActivations(x, format, range));
            for (std::size_t i = 0; i < in.size(); ++i) {
                const auto z = static_cast<float>(zero);
                const float q = std::clamp(std::nearbyint(in[i] / scale) + z, 0.0F, static_cast<float>(levels));
                QCOMPARE(out[i], (q - z) * scale);
            }
        }
    }

    void activationScalesAreAsDefined_data() {
        QTest::addColumn<float>("lo");
        QTest::addColumn<float>("hi");
        QTest::addColumn<int>("format");
        QTest::addColumn<float>("scale");
        QTest::addColumn<int>("zeroPoint");
        const int int8 = static_cast<int>(ActivationFormat::Int8);
        const int int16 = static_cast<int>(ActivationFormat::Int16);
        QTest::newRow("both signs") << -128.0F << 127.0F << int8 << 1.0F << 128;
        QTest::newRow("positive starts at zero") << 51.0F << 510.0F << int8 << 2.0F << 0;
        QTest::newRow("negative ends at zero") << -255.0F << -3.0F << int8 << 1.0F << 255;
        QTest::newRow("empty") << 0.0F << 0.0F << int8 << 1.0F << 0;
        QTest::newRow("int16") << -32768.0F << 32767.0F << int16 << 1.0F << 32768;
        QTest::newRow("zero point to even") << -0.5F << 254.5F << int8 << 1.0F << 0;
        QTest::newRow("smaller than float32 can scale") << 0.0F << 1e-45F << int8 << 1.0F << 0;
    }

    void activationScalesAreAsDefined() {
        QFETCH(float, lo);
        QFETCH(float, hi);
        QFETCH(int, format);
        QFETCH(float, scale);
        QFETCH(int, zeroPoint);
        const auto found = quant::activationScale({lo, hi}, static_cast<ActivationFormat>(format));
        QCOMPARE(found.scale, scale);
        QCOMPARE(found.zeroPoint, zeroPoint);
        QCOMPARE(found.levels, static_cast<ActivationFormat>(format) == ActivationFormat::Int8 ? 255 : 65535);
    }

    void int8ActivationsRoundToEvenAndSaturate() {
        const std::vector<float> expected{0, 0, 2, 2, 127, -128, 127, -128};
        QCOMPARE(activations({-0.5F, 0.5F, 1.5F, 2.5F, 200, -200, kInfinity, -kInfinity}, ActivationFormat::Int8,
                             {-128, 127}),
                 expected);
    }

    void int16ActivationsKeepMore() {
        const std::vector<float> expected{0.5F, 100.5F, 16383.5F, -16384};
        QCOMPARE(activations({0.3F, 100.6F, 20000, -20000}, ActivationFormat::Int16, {-16384, 16383.5F}), expected);
    }

    void int4ActivationsHaveSixteenLevels() {
        const std::vector<float> expected{-8, 7, 0, 2, 2, -8};
        QCOMPARE(activations({-8, 7, 0.5F, 1.5F, 2.5F, -100}, ActivationFormat::Int4, {-8, 7}), expected);
        QCOMPARE(quant::activationScale({-8, 7}, ActivationFormat::Int4).zeroPoint, 8);
        QCOMPARE(quant::activationScale({-8, 7}, ActivationFormat::Int4).levels, 15);
    }

    void everyTokenHasItsOwnRange() {
        const at::Tensor x = noise(2 * 3 * 16 * 5, 12).reshape({2, 3, 16, 5}) * at::linspace(0.1, 9, 5);
        for (const auto& [dynamic, fixed] : {std::pair{ActivationFormat::Int8Token, ActivationFormat::Int8},
                                             std::pair{ActivationFormat::Int4Token, ActivationFormat::Int4}}) {
            const auto expected = [fixed = fixed](const at::Tensor& tokens) {
                at::Tensor result = tokens.clone();
                for (std::int64_t i = 0; i < tokens.size(0); ++i) {
                    const quant::Range range{tokens[i].min().item<float>(), tokens[i].max().item<float>()};
                    result[i] = quant::quantizedActivations(tokens[i], fixed, range);
                }
                return result;
            };
            const quant::Range ignored{-1e-3F, 1e-3F};
            const at::Tensor rows = quant::quantizedActivations(x, dynamic, ignored, ldm::LayerKind::Linear);
            QVERIFY(at::equal(rows, expected(x.reshape({-1, 5})).reshape(x.sizes())));
            const at::Tensor samples = quant::quantizedActivations(x, dynamic, ignored, ldm::LayerKind::Conv2d);
            QVERIFY(at::equal(samples, expected(x)));
            QVERIFY(at::equal(quant::quantizedActivations(x.transpose(1, 3), dynamic, {}, ldm::LayerKind::Conv2d),
                              samples.transpose(1, 3)));
        }
    }

    void tokensThatAreNotFinitePassAndHarmNoOther() {
        at::Tensor x = at::tensor({255.0F, 0.4F, kNan, 3.0F, kInfinity, 0.3F}).reshape({3, 2});
        const std::vector<float> found = valuesOf(quant::quantizedActivations(x, ActivationFormat::Int8Token, {}));
        QCOMPARE(found[0], 255.0F);
        QCOMPARE(found[1], 0.0F);
        QVERIFY(std::isnan(found[2]));
        QCOMPARE(found[3], 3.0F);
        QCOMPARE(found[4], kInfinity);
        QCOMPARE(found[5], 0.3F);
    }

    /// lo == hi: zero and the value are both representable, so the value comes back but for the scale's rounding.
    void constantActivationsComeBack() {
        for (const ActivationFormat format : quant::allActivationFormats())
            for (const float value : {0.0F, 6.0F, -6.0F, 1e-30F}) {
                const bool isHalf = format == ActivationFormat::Fp16 || format == ActivationFormat::Bf16;
                if (isHalf && value == 1e-30F) continue;
                const float found = activations({value, value}, format, {value, value})[1];
                QVERIFY2(std::abs(found - value) <= 1e-6F * std::abs(value), quant::nameOf(format).data());
            }
    }

    void emptyActivationsStayEmpty() {
        for (const ActivationFormat format : quant::allActivationFormats())
            for (const ldm::LayerKind kind : {ldm::LayerKind::Linear, ldm::LayerKind::Conv2d})
                for (const auto& shape :
                     std::vector<std::vector<std::int64_t>>{{0}, {0, 4, 2, 2}, {2, 0}, {2, 0, 2, 2}})
                    QCOMPARE(quant::quantizedActivations(at::zeros(shape), format, {}, kind).sizes().vec(), shape);
    }

    void notANumberStaysVisible() {
        for (const ActivationFormat format : quant::allActivationFormats())
            QVERIFY(std::isnan(activations({kNan}, format, {-1, 1})[0]));
    }

    void stridedActivationsAreReadInTheirOrder() {
        const at::Tensor x = noise(24, 6).reshape({1, 2, 3, 4});
        const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor expected = quant::quantizedActivations(x, ActivationFormat::Int8, {-2, 2});
        const at::Tensor found = quant::quantizedActivations(last, ActivationFormat::Int8, {-2, 2});
        QVERIFY(at::equal(expected, found) && found.is_contiguous());
        QVERIFY(at::equal(quant::quantizedActivations(x.transpose(2, 3), ActivationFormat::Int8, {-2, 2}),
                          expected.transpose(2, 3)));
    }
};

NOISEFLOOR_TEST(ActivationsTest)
#include "tst_activations.moc"
