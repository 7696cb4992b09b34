#include "ldm/failures.h"
#include "quant/onnxgraphs.h"
#include "quant/values.h"
#include "support/testmain.h"

#include <QTest>

#include <cmath>
#include <functional>

using support::Attributes;
using support::bytes;
using support::contains;
using support::failureOf;
using support::integers;
using support::noise;
using support::outputOf;
using support::outputsOf;
using support::valuesOf;
using Sizes = std::vector<std::int64_t>;

Q_DECLARE_METATYPE(std::function<double(double)>)

namespace {

constexpr double kRounding = 1e-5; ///< relative to the largest value

bool close(const at::Tensor& got, const at::Tensor& expected) {
    const double largest = std::max(1e-6, expected.abs().max().item<double>());
    return got.sizes() == expected.sizes() && (got - expected).abs().max().item<double>() <= largest * kRounding;
}

at::Tensor noisy(const Sizes& shape, unsigned seed) {
    return noise(static_cast<std::int64_t>(quant::onnx::elements(shape)), seed).reshape(shape);
}

std::string refusalOf(const std::string& op, const quant::onnx::Tensors& inputs, const Attributes& attributes = {}) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { outputOf(op, inputs, attributes); });
}

struct Convolution {
    Sizes strides, dilations, pads;
    std::int64_t group = 1;
};

/// By its definition: one sum per output value.
at::Tensor convolved(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Convolution& how) {
    const auto outSize = [&](std::size_t axis) {
        const std::int64_t reach = how.dilations[axis] * (weight.size(2 + static_cast<std::int64_t>(axis)) - 1) + 1;
        const std::int64_t whole = x.size(2 + static_cast<std::int64_t>(axis)) + how.pads[axis] + how.pads[axis + 2];
        return (whole - reach) / how.strides[axis] + 1;
    };
    const at::Tensor y = at::zeros({x.size(0), weight.size(0), outSize(0), outSize(1)});
    const auto in = x.accessor<float, 4>();
    const auto w = weight.accessor<float, 4>();
    auto out = y.accessor<float, 4>();
    const std::int64_t channelsOut = weight.size(0) / how.group;
    const auto product = [&](std::int64_t n, std::int64_t o, std::int64_t row, std::int64_t column) {
        double sum = bias[o].item<double>();
        for (std::int64_t i = 0; i < weight.size(1); ++i)
            for (std::int64_t a = 0; a < weight.size(2); ++a)
                for (std::int64_t b = 0; b < weight.size(3); ++b) {
                    const std::int64_t r = row * how.strides[0] + a * how.dilations[0] - how.pads[0];
                    const std::int64_t c = column * how.strides[1] + b * how.dilations[1] - how.pads[1];
                    if (r < 0 || c < 0 || r >= x.size(2) || c >= x.size(3)) continue;
                    sum += static_cast<double>(in[n][o / channelsOut * weight.size(1) + i][r][c]) * w[o][i][a][b];
                }
        return static_cast<float>(sum);
    };
    for (std::int64_t n = 0; n < y.size(0); ++n)
        for (std::int64_t o = 0; o < y.size(1); ++o)
            for (std::int64_t r = 0; r < y.size(2); ++r)
                for (std::int64_t c = 0; c < y.size(3); ++c) out[n][o][r][c] = product(n, o, r, c);
    return y;
}

} // namespace

class OnnxOperatorsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void functionsOfOneValueAreThoseOfMathematics_data() {
        QTest::addColumn<std::function<double(double)>>("expected");
        using Function = std::function<double(double)>;
        QTest::newRow("Sigmoid") << Function([](double x) { return 1 / (1 + std::exp(-x)); });
        QTest::newRow("Tanh") << Function([](double x) { return std::tanh(x); });
        QTest::newRow("Erf") << Function([](double x) { return std::erf(x); });
        QTest::newRow("Sqrt") << Function([](double x) { return std::sqrt(x); });
        QTest::newRow("Exp") << Function([](double x) { return std::exp(x); });
        QTest::newRow("Cos") << Function([](double x) { return std::cos(x); });
        QTest::newRow("Sin") << Function([](double x) { return std::sin(x); });
        QTest::newRow("Relu") << Function([](double x) { return std::max(x, 0.0); });
        QTest::newRow("Softplus") << Function([](double x) { return std::log1p(std::exp(x)); });
        QTest::newRow("Identity") << Function([](double x) { return x; });
    }
    void functionsOfOneValueAreThoseOfMathematics() {
        QFETCH(std::function<double(double)>, expected);
        const std::string op = QTest::currentDataTag();
        at::Tensor x = noisy({3, 5}, 1);
        if (op == "Sqrt") x = x.abs();
        const std::vector<float> got = valuesOf(outputOf(op, {x}));
        const std::vector<float> values = valuesOf(x);
        QCOMPARE(got.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double wanted = expected(static_cast<double>(values[i]));
            QVERIFY(std::abs(static_cast<double>(got[i]) - wanted) <= 1e-6 * std::max(1.0, std::abs(wanted)));
        }
    }

    void pairsAreBroadcastAndKeepTheirType() {
        const at::Tensor a = at::tensor({1.0F, -2.0F, 3.0F, 4.0F}).reshape({2, 2});
        const at::Tensor b = at::tensor({2.0F, -4.0F});
        QCOMPARE(valuesOf(outputOf("Add", {a, b})), (std::vector<float>{3, -6, 5, 0}));
        QCOMPARE(valuesOf(outputOf("Sub", {a, b})), (std::vector<float>{-1, 2, 1, 8}));
        QCOMPARE(valuesOf(outputOf("Mul", {a, b})), (std::vector<float>{2, 8, 6, -16}));
        QCOMPARE(valuesOf(outputOf("Div", {a, b})), (std::vector<float>{0.5F, 0.5F, 1.5F, -1}));
        QCOMPARE(valuesOf(outputOf("Pow", {a, at::scalar_tensor(2.0F)})), (std::vector<float>{1, 4, 9, 16}));
        QCOMPARE(valuesOf(outputOf("Equal", {a, at::tensor({1.0F, 4.0F})})), (std::vector<float>{1, 0, 0, 1}));
        const at::Tensor quotient = outputOf("Div", {integers({7, -7, 8}), integers({2, 2, -3})});
        QCOMPARE(quotient.scalar_type(), at::kLong);
        QCOMPARE(valuesOf(quotient), (std::vector<float>{3, -3, -2})); // towards zero
        QVERIFY(contains(refusalOf("Add", {a, integers({1, 2})}), "mixes types"));
    }

    void valuesAreChosenClippedAndCast() {
        const at::Tensor x = at::tensor({-2.7F, 0.2F, 1.9F});
        const at::Tensor positive = x > 0;
        QCOMPARE(valuesOf(outputOf("Where", {positive, x, at::zeros({1})})), (std::vector<float>{0, 0.2F, 1.9F}));
        QVERIFY(!refusalOf("Where", {x, x, x}).empty());
        const at::Tensor one = at::scalar_tensor(1.0F);
        QCOMPARE(valuesOf(outputOf("Clip", {x, {}, one})), (std::vector<float>{-2.7F, 0.2F, 1}));
        QCOMPARE(valuesOf(outputOf("Clip", {x, -one, one})), (std::vector<float>{-1, 0.2F, 1}));
        const at::Tensor whole = outputOf("Cast", {x}, {{"to", std::int64_t{7}}});
        QCOMPARE(whole.scalar_type(), at::kLong);
        QCOMPARE(valuesOf(whole), (std::vector<float>{-2, 0, 1}));
        QCOMPARE(valuesOf(outputOf("Cast", {integers({0, 5})}, {{"to", std::int64_t{9}}})), (std::vector<float>{0, 1}));
        QVERIFY(contains(refusalOf("Cast", {x}, {{"to", std::int64_t{10}}}), "type that is not known"));
    }

    void convolutionsAreSumsOverTheirWindow_data() {
        QTest::addColumn<int>("which");
        for (const int which : {0, 1, 2, 3}) QTest::addRow("%d", which) << which;
    }
    void convolutionsAreSumsOverTheirWindow() {
        QFETCH(int, which);
        const std::vector<Convolution> all{{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1},
                                           {{2, 1}, {1, 2}, {0, 1, 1, 2}, 1},
                                           {{1, 2}, {2, 1}, {0, 0, 0, 0}, 2},
                                           {{2, 2}, {1, 1}, {0, 0, 1, 1}, 2}};
        const Convolution& how = all[static_cast<std::size_t>(which)];
        const at::Tensor x = noisy({2, 4, 7, 6}, 2);
        const at::Tensor weight = noisy({6, 4 / how.group, 3, 3}, 3);
        const at::Tensor bias = noisy({6}, 4);
        const Attributes attributes{{"strides", how.strides},
                                    {"dilations", how.dilations},
                                    {"pads", how.pads},
                                    {"group", how.group},
                                    {"kernel_shape", Sizes{3, 3}}};
        QVERIFY(close(outputOf("Conv", {x, weight, bias}, attributes), convolved(x, weight, bias, how)));
    }

    void convolutionsOfAnotherShapeAreRefused() {
        const at::Tensor x = noisy({1, 2, 4, 4}, 5);
        const at::Tensor weight = noisy({3, 2, 3, 3}, 6);
        QVERIFY(contains(refusalOf("Conv", {x, weight}, {{"kernel_shape", Sizes{2, 2}}}), "kernel_shape"));
        QVERIFY(contains(refusalOf("Conv", {x, weight}, {{"auto_pad", std::string("SAME_UPPER")}}), "auto_pad"));
        QVERIFY(contains(refusalOf("Conv", {x, weight}, {{"strides", Sizes{1}}}), "strides"));
        QVERIFY(contains(refusalOf("Conv", {x, weight}, {{"strides", Sizes{0, 1}}}), "out of range"));
        QVERIFY(contains(refusalOf("Conv", {x, weight}, {{"strides", std::int64_t{1}}}), "wrong type"));
        QVERIFY(contains(refusalOf("Conv", {x, noisy({3, 5, 3, 3}, 7)}), "fails"));
        QVERIFY(contains(refusalOf("Conv", {x, weight.to(at::kInt)}), "float32"));
    }

    void matricesAreMultiplied() {
        const at::Tensor a = noisy({2, 3, 4, 5}, 8);
        const at::Tensor b = noisy({5, 6}, 9);
        const at::Tensor sums = (a.unsqueeze(-1) * b).sum(-2);
        QVERIFY(close(outputOf("MatMul", {a, b}), sums));
        const at::Tensor matrix = a[1][2];
        const at::Tensor product = (matrix.unsqueeze(-1) * b).sum(-2);
        QVERIFY(close(outputOf("Gemm", {matrix, b}), product));
        const at::Tensor bias = noisy({6}, 10);
        const Attributes turned{
            {"alpha", 0.5F}, {"beta", -2.0F}, {"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}};
        QVERIFY(close(outputOf("Gemm", {matrix.t(), b.t(), bias}, turned), 0.5 * product - 2 * bias));
        QVERIFY(contains(refusalOf("MatMul", {a, noisy({4, 4}, 11)}), "fails"));
        QVERIFY(contains(refusalOf("Gemm", {a, b}), "matrices alone"));
    }

    void normsHaveMeanZeroAndVarianceOneBeforeTheirScale() {
        const at::Tensor x = noisy({2, 6, 4, 3}, 12) * 3 + 1;
        const at::Tensor scale = noisy({3}, 13);
        const at::Tensor bias = noisy({3}, 14);
        QVERIFY(close(outputOf("LayerNormalization", {x, scale, bias}, {{"epsilon", 1e-3F}}),
                      at::layer_norm(x, {3}, scale, bias, 1e-3)));
        const at::Tensor wide = noisy({4, 3}, 15);
        QVERIFY(close(outputOf("LayerNormalization", {x, wide}, {{"axis", std::int64_t{-2}}}),
                      at::layer_norm(x, {4, 3}, wide, {}, 1e-5)));
        const at::Tensor gamma = noisy({6}, 16);
        const at::Tensor beta = noisy({6}, 17);
        QVERIFY(close(outputOf("InstanceNormalization", {x, gamma, beta}, {{"epsilon", 1e-2F}}),
                      at::group_norm(x, 6, gamma, beta, 1e-2)));
        QVERIFY(contains(refusalOf("InstanceNormalization", {x, scale, scale}), "per channel"));
    }

    void softmaxSharesOutOne() {
        const at::Tensor x = noisy({3, 4, 5}, 18) * 4;
        for (const std::int64_t axis : {-1, 1, 0}) {
            const at::Tensor powers = x.to(at::kDouble).exp();
            const at::Tensor expected = (powers / powers.sum({axis}, true)).to(at::kFloat);
            QVERIFY(close(outputOf("Softmax", {x}, {{"axis", axis}}), expected));
        }
        QVERIFY(contains(refusalOf("Softmax", {x}, {{"axis", std::int64_t{3}}}), "names the axis 3"));
    }

    void valuesAreRoundedToEvenAndSaturate() {
        // The examples of the operator's specification.
        const at::Tensor x = at::tensor({0.0F, 2.0F, 3.0F, 1000.0F, -254.0F, -1000.0F});
        const at::Tensor two = at::scalar_tensor(2.0F);
        const at::Tensor middle = at::scalar_tensor(128).to(at::kByte);
        QCOMPARE(valuesOf(outputOf("QuantizeLinear", {x, two, middle})),
                 (std::vector<float>{128, 129, 130, 255, 1, 0}));
        const at::Tensor ties = at::tensor({0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 300.0F, -300.0F});
        const at::Tensor codes =
            outputOf("QuantizeLinear", {ties, at::scalar_tensor(1.0F), at::scalar_tensor(0).to(at::kChar)});
        QCOMPARE(codes.scalar_type(), at::kChar);
        QCOMPARE(valuesOf(codes), (std::vector<float>{0, 2, 2, 0, -2, 127, -128}));
        QCOMPARE(valuesOf(outputOf("DequantizeLinear", {bytes({0, 3, 128, 255}), two, middle})),
                 (std::vector<float>{-256, -250, 0, 254}));
        QCOMPARE(outputOf("QuantizeLinear", {x, two}).scalar_type(), at::kByte);
        QVERIFY(contains(refusalOf("QuantizeLinear", {x, -two}), "not positive"));
    }

    void scalesMayDifferAlongAnAxis() {
        const at::Tensor codes = bytes({1, 2, 3, 4, 5, 6}).reshape({2, 3});
        const at::Tensor zeros = bytes({0, 1, 2});
        const at::Tensor scales = at::tensor({1.0F, 10.0F, 100.0F});
        QCOMPARE(valuesOf(outputOf("DequantizeLinear", {codes, scales, zeros})),
                 (std::vector<float>{1, 10, 100, 4, 40, 400}));
        const at::Tensor rows = at::tensor({1.0F, 10.0F});
        QCOMPARE(valuesOf(outputOf("DequantizeLinear", {codes, rows}, {{"axis", std::int64_t{0}}})),
                 (std::vector<float>{1, 2, 3, 40, 50, 60}));
        QCOMPARE(valuesOf(outputOf("DequantizeLinear", {at::tensor({-70000, 3}), at::scalar_tensor(0.5F)})),
                 (std::vector<float>{-35000, 1.5F}));
        QVERIFY(contains(refusalOf("DequantizeLinear", {codes, rows}), "do not fit its axis"));
        QVERIFY(contains(refusalOf("DequantizeLinear", {codes, scales, zeros.to(at::kChar)}), "another type"));
    }
};

NOISEFLOOR_TEST(OnnxOperatorsTest)

#include "tst_onnxoperators.moc"
