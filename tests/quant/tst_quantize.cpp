#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/quantize.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using quant::ActivationFormat;
using quant::WeightFormat;
using support::failureOf;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

at::Tensor row(const std::vector<float>& values) {
    return at::tensor(values).reshape({1, static_cast<std::int64_t>(values.size())});
}

std::vector<float> valuesOf(const at::Tensor& tensor) {
    const at::Tensor plain = tensor.to(at::kFloat).contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

std::vector<float> weights(const std::vector<float>& values, WeightFormat format) {
    return valuesOf(quant::quantizedWeights(row(values), format));
}

std::vector<float> activations(const std::vector<float>& values, ActivationFormat format, quant::Range range) {
    return valuesOf(quant::quantizedActivations(at::tensor(values), format, range));
}

at::Tensor noise(std::int64_t n, unsigned seed, float deviation = 1) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> values(static_cast<std::size_t>(n));
    for (float& value : values) value = normal(generator);
    return at::tensor(values);
}

} // namespace

class QuantizeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void int8WeightsAreRoundedToEvenPerChannel() {
        // The largest magnitude of 127 makes the scale 1.
        const std::vector<float> input{127, -63.5F, 0.5F, 1.5F, 2.5F, -0.5F, -126.6F};
        const std::vector<float> expected{127, -64, 0, 2, 2, 0, -127};
        QCOMPARE(weights(input, WeightFormat::Int8), expected);
    }

    void int4WeightsAreRoundedToEvenPerChannel() {
        const std::vector<float> expected{7, 0, 2, 2, -4, -7};
        QCOMPARE(weights({7, 0.5F, 1.5F, 2.5F, -3.5F, -6.6F}, WeightFormat::Int4), expected);
    }

    void everyChannelHasItsOwnScaleAndAZeroChannelStaysZero() {
        const at::Tensor weight = at::tensor({3.5F, 1.75F, 0.0F, 0.0F, -14.0F, 3.1F}).reshape({3, 2});
        const auto [codes, scale] = quant::integerWeights(weight, WeightFormat::Int4);
        const std::vector<float> expectedScale{0.5F, 0, 2};
        const std::vector<float> expectedCodes{7, 4, 0, 0, -7, 2}; // 1.75 / 0.5 = 3.5 is a tie
        QCOMPARE(valuesOf(scale), expectedScale);
        QCOMPARE(valuesOf(codes), expectedCodes);
        QCOMPARE(codes.scalar_type(), at::kChar);
        const std::vector<float> expected{3.5F, 2, 0, 0, -14, 4};
        QCOMPARE(valuesOf(quant::quantizedWeights(weight, WeightFormat::Int4)), expected);
    }

    void convolutionsHaveOneScalePerOutputChannel() {
        const at::Tensor weight = noise(3 * 5 * 3 * 3, 1).reshape({3, 5, 3, 3}).to(at::kHalf);
        const auto [codes, scale] = quant::integerWeights(weight, WeightFormat::Int8);
        QCOMPARE(codes.sizes(), weight.sizes());
        QCOMPARE(scale.numel(), std::int64_t{3});
        const at::Tensor values = codes.to(at::kFloat) * scale.reshape({3, 1, 1, 1});
        QVERIFY(at::equal(values, quant::quantizedWeights(weight, WeightFormat::Int8)));
    }

    void groupsHaveTheirOwnScales() {
        at::Tensor weight = at::zeros({2, 70});
        weight.slice(1, 0, 32).fill_(7); // scale 1
        weight.slice(1, 64, 70).fill_(-0.7F);
        weight[1][0] = 70; // scale 10 for the first group of this channel
        const auto [codes, scale] = quant::integerWeights(weight, WeightFormat::Int4G32);
        QCOMPARE(scale.sizes().vec(), (std::vector<std::int64_t>{2, 3}));
        const std::vector<float> expected{1, 0, 0.7F / 7, 10, 0, 0.7F / 7};
        QCOMPARE(valuesOf(scale), expected);
        QCOMPARE(codes[0][3].item<int>(), 7);
        QCOMPARE(codes[1][3].item<int>(), 1); // 7 / 10
        QCOMPARE(codes[1][40].item<int>(), 0);
        QCOMPARE(codes[1][69].item<int>(), -7);
        const at::Tensor grouped = quant::quantizedWeights(weight, WeightFormat::Int4G32);
        QCOMPARE(grouped[1][3].item<float>(), 10.0F);
        QCOMPARE(grouped[0][69].item<float>(), -7 * (0.7F / 7));
    }

    void oneGroupPerChannelIsTheChannelsScale() {
        const at::Tensor weight = noise(3 * 4 * 9, 2).reshape({3, 4, 3, 3});
        QVERIFY(at::equal(quant::quantizedWeights(weight, WeightFormat::Int4G64),
                          quant::quantizedWeights(weight, WeightFormat::Int4)));
    }

    void smallerGroupsLoseLess() {
        const at::Tensor weight = noise(8 * 1152, 11).reshape({8, 128, 3, 3});
        double before = 0;
        for (const WeightFormat format :
             {WeightFormat::Int4, WeightFormat::Int4G128, WeightFormat::Int4G64, WeightFormat::Int4G32}) {
            const double db = quant::errorSums(weight, quant::quantizedWeights(weight, format)).db();
            QVERIFY(db > before);
            before = db;
        }
    }

    void zeroAndEmptyWeightsStayWhatTheyAre() {
        for (const WeightFormat format : quant::allWeightFormats()) {
            for (const auto& shape : std::vector<std::vector<std::int64_t>>{{2, 256}, {2, 3}, {2, 4, 3, 3}})
                QVERIFY(at::equal(quant::quantizedWeights(at::zeros(shape), format), at::zeros(shape)));
            for (const auto& shape : std::vector<std::vector<std::int64_t>>{{0, 256}, {2, 0}, {0, 4, 3, 3}})
                QCOMPARE(quant::quantizedWeights(at::zeros(shape), format).sizes().vec(), shape);
        }
    }

    /// The definition, element by element, against the vectorised loops; widths around the vector's.
    void theLoopsFollowTheDefinitionToTheBit() {
        for (const std::int64_t width : {1, 2, 7, 15, 16, 17, 31, 33, 1000, 40001}) {
            const at::Tensor weight = noise(2 * width, static_cast<unsigned>(width), 0.1F).reshape({2, width});
            const std::vector<float> w = valuesOf(weight);
            const std::vector<float> q = valuesOf(quant::quantizedWeights(weight, WeightFormat::Int8));
            for (std::size_t r = 0; r < 2; ++r) {
                const auto n = static_cast<std::size_t>(width);
                float largest = 0;
                for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(w[r * n + i]));
                const float scale = largest / 127;
                for (std::size_t i = 0; i < n; ++i) {
                    const float code = std::clamp(std::nearbyint(w[r * n + i] / scale), -127.0F, 127.0F);
                    QCOMPARE(q[r * n + i], code * scale);
                }
            }
        }
    }

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

    void fp32PassesTheTensorItself() {
        const at::Tensor x = noise(10, 5);
        QVERIFY(quant::quantizedActivations(x, ActivationFormat::Fp32, {}).is_same(x));
        QVERIFY(at::equal(quant::quantizedWeights(x.reshape({2, 5}), WeightFormat::Fp32), x.reshape({2, 5})));
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

    void halvesAreRoundedToEvenAndSaturate() {
        const float tiny = std::ldexp(1.0F, -24); // the smallest half
        const std::vector<float> fp16{2048, 2052, 65504, -65504, 0, 2 * tiny};
        QCOMPARE(weights({2049, 2051, 65520, -1e9F, tiny / 2, 1.5F * tiny}, WeightFormat::Fp16), fp16);
        QCOMPARE(activations({2049, 2051, 1e9F, -1e9F, tiny / 2, 1.5F * tiny}, ActivationFormat::Fp16, {}), fp16);
        const std::vector<float> bf16{1, 1 + std::ldexp(1.0F, -6), 3.3895313892515355e38F};
        QCOMPARE(weights({1 + std::ldexp(1.0F, -8), 1 + 3 * std::ldexp(1.0F, -8), 3.4e38F}, WeightFormat::Bf16), bf16);
    }

    void fp8WeightsAreScaledToTheFormatsLargest() {
        const float unit = std::ldexp(1.0F, -9); // the smallest e4m3
        const std::vector<float> expected{448, 16, 20, unit, 0, -2 * unit, 0};
        QCOMPARE(weights({448, 17, 19, 0.001F, 0.5F * unit, -1.5F * unit, 0}, WeightFormat::Fp8E4M3), expected);
        const std::vector<float> twice{896, 32, 40};
        QCOMPARE(weights({896, 34, 38}, WeightFormat::Fp8E4M3), twice);
        QCOMPARE(weights({0, 0}, WeightFormat::Fp8E4M3), (std::vector<float>{0, 0}));
        QCOMPARE(activations({-900, 17, 19}, ActivationFormat::Fp8E4M3, {-448, 3}), (std::vector<float>{-448, 16, 20}));
    }

    void everyE4M3CodeIsReadBack() {
        for (int code = 0; code < 256; ++code) {
            const float value = quant::decodeE4M3(static_cast<std::uint8_t>(code));
            if ((code & 0x7F) == 0x7F)
                QVERIFY(std::isnan(value));
            else
                QCOMPARE(quant::roundToE4M3(value), value);
            QCOMPARE(quant::encodeE4M3(value) & 0x7F, code & 0x7F);
            if (!std::isnan(value)) QCOMPARE(static_cast<int>(quant::encodeE4M3(value)), code);
        }
        QCOMPARE(quant::decodeE4M3(0x01), std::ldexp(1.0F, -9));
        QCOMPARE(quant::decodeE4M3(0x08), std::ldexp(1.0F, -6));
        QCOMPARE(quant::decodeE4M3(0x38), 1.0F);
        QCOMPARE(quant::decodeE4M3(0xFE), -448.0F);
    }

    void betweenTwoE4M3ValuesTheNearerIsTakenAndTiesGoToEven() {
        for (int code = 0; code < 0x7E; ++code) {
            const float below = quant::decodeE4M3(static_cast<std::uint8_t>(code));
            const float above = quant::decodeE4M3(static_cast<std::uint8_t>(code + 1));
            const float middle = (below + above) / 2;
            const float even = code % 2 == 0 ? below : above;
            for (const float sign : {1.0F, -1.0F}) {
                QCOMPARE(quant::roundToE4M3(sign * middle), sign * even);
                QCOMPARE(quant::roundToE4M3(sign * std::nextafter(middle, 0.0F)), sign * below);
                QCOMPARE(quant::roundToE4M3(sign * std::nextafter(middle, 1e9F)), sign * above);
            }
        }
        QCOMPARE(quant::roundToE4M3(464), 448.0F);
        QCOMPARE(quant::roundToE4M3(-kInfinity), -448.0F);
    }

    void weightsThatAreNoNumbersAreRefused() {
        for (const WeightFormat format : quant::allWeightFormats())
            for (const float bad : {kNan, kInfinity, -kInfinity})
                for (const std::size_t place : {0U, 20U, 38U}) {
                    std::vector<float> values(39, 0.5F);
                    values[place] = bad;
                    QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { weights(values, format); }).empty());
                }
    }

    void formatsWithoutCodesAreRefused() {
        for (const WeightFormat format : {WeightFormat::Fp16, WeightFormat::Fp8E4M3, WeightFormat::Q8_0})
            QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::integerWeights(row({1}), format); }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [] {
                     quant::activationScale({0, 1}, ActivationFormat::Fp8E4M3);
                 }).empty());
    }

    void sqnrOfKnownVectors() {
        const auto db = [](const std::vector<float>& y, const std::vector<float>& yq) {
            return quant::errorSums(at::tensor(y), at::tensor(yq)).db();
        };
        QCOMPARE(db({3, 4}, {3, 5}), 10 * std::log10(25.0));
        QCOMPARE(db({3, 4}, {3, 4}), std::numeric_limits<double>::infinity());
        QCOMPARE(db({0, 0}, {0, 1}), -std::numeric_limits<double>::infinity());
        QVERIFY(std::isnan(db({1, kNan}, {1, 1})));
        QVERIFY(std::isnan(db({1, 1}, {1, kInfinity})));
        QVERIFY(std::isnan(db({1, 3e30F}, {1, 3e30F}))); // its square is no float32 any more
    }

    void aConstantErrorHasItsClosedForm() {
        const at::Tensor y = at::ones({5000});
        for (int k = 1; k <= 10; ++k)
            QCOMPARE(quant::errorSums(y, y + std::ldexp(1.0, -k)).db(), 20 * k * std::log10(2.0));
    }

    /// Uniform signal over +-1 and a step of 2 / 255: 20 log10(255) dB.
    void uniformSignalsGetSixDecibelsABit() {
        const at::Tensor y = at::linspace(-1, 1, 1'000'003);
        const auto sums = quant::errorSums(y, quant::quantizedActivations(y, ActivationFormat::Int8, {-1, 1}));
        QVERIFY2(std::abs(sums.db() - 20 * std::log10(255.0)) < 0.05, std::to_string(sums.db()).c_str());
    }

    void sumsAddUpOverPieces() {
        const at::Tensor y = noise(4096, 8);
        const at::Tensor yq = quant::quantizedActivations(y, ActivationFormat::Int8, {-4, 4});
        quant::ErrorSums sums = quant::errorSums(y.narrow(0, 0, 1024), yq.narrow(0, 0, 1024));
        sums += quant::errorSums(y.narrow(0, 1024, 3072), yq.narrow(0, 1024, 3072));
        const quant::ErrorSums whole = quant::errorSums(y, yq);
        QCOMPARE(sums.signal, whole.signal);
        QCOMPARE(sums.error, whole.error);
    }

    void sumsDoNotDependOnTheNumberOfThreads() {
        const int before = at::get_num_threads();
        const at::Tensor y = noise(300'001, 9);
        const at::Tensor yq = quant::quantizedActivations(y, ActivationFormat::Int8, {-4, 4});
        at::set_num_threads(1);
        const quant::ErrorSums one = quant::errorSums(y, yq);
        at::set_num_threads(3);
        const quant::ErrorSums three = quant::errorSums(y, yq);
        const at::Tensor again = quant::quantizedActivations(y, ActivationFormat::Int8, {-4, 4});
        at::set_num_threads(before);
        QVERIFY(one.signal == three.signal && one.error == three.error);
        QVERIFY(at::equal(again, yq));
        const double exact = (y.to(at::kDouble) * y.to(at::kDouble)).sum().item<double>();
        QVERIFY(std::abs(one.signal - exact) < 1e-6 * exact);
    }
};

NOISEFLOOR_TEST(QuantizeTest)
#include "tst_quantize.moc"
