#include "ldm/failures.h"
#include "quant/values.h"
#include "support/testmain.h"

#include <quant/quantize.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using quant::ActivationFormat;
using quant::WeightFormat;
using support::failureOf;
using support::noise;
using support::valuesOf;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

at::Tensor row(const std::vector<float>& values) {
    return at::tensor(values).reshape({1, static_cast<std::int64_t>(values.size())});
}

std::vector<float> weights(const std::vector<float>& values, WeightFormat format) {
    return valuesOf(quant::quantizedWeights(row(values), format));
}

std::vector<float> activations(const std::vector<float>& values, ActivationFormat format, quant::Range range) {
    return valuesOf(quant::quantizedActivations(at::tensor(values), format, range));
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

    void fp32PassesTheTensorItself() {
        const at::Tensor x = noise(10, 5);
        QVERIFY(quant::quantizedActivations(x, ActivationFormat::Fp32, {}).is_same(x));
        QVERIFY(at::equal(quant::quantizedWeights(x.reshape({2, 5}), WeightFormat::Fp32), x.reshape({2, 5})));
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

    /// Rows that end within a block of 1024, groups that do, rows of zeros, and weights that are no whole block.
    void weightErrorsAreThoseOfQuantizedWeightsToTheBit() {
        const std::vector<std::vector<std::int64_t>> shapes{{320, 32, 3, 3}, {48, 1024}, {7, 3000},
                                                            {5, 200},        {3, 1},     {33, 2048}};
        for (const auto& shape : shapes) {
            const at::Tensor weight = noise(c10::multiply_integers(shape), 11).reshape(shape);
            weight[shape.front() / 2].zero_();
            for (const WeightFormat format : quant::allWeightFormats()) {
                const quant::ErrorSums fused = quant::weightErrors(weight, format);
                const quant::ErrorSums apart = quant::errorSums(weight, quant::quantizedWeights(weight, format));
                QVERIFY2(fused.signal == apart.signal && fused.error == apart.error, quant::nameOf(format).data());
            }
        }
    }

    void weightErrorsRefuseWhatQuantizedWeightsRefuse() {
        at::Tensor weight = noise(4096, 12).reshape({4, 1024});
        weight[2][7] = kInfinity;
        for (const WeightFormat format : {WeightFormat::Int8, WeightFormat::Int4G64, WeightFormat::Fp8E4M3})
            QCOMPARE(failureOf(ldm::ErrorKind::BadInput, [&] { quant::weightErrors(weight, format); }),
                     failureOf(ldm::ErrorKind::BadInput, [&] { quant::quantizedWeights(weight, format); }));
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
