#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/ggml.h>
#include <quant/quantize.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <QCryptographicHash>
#include <QTest>

#include <array>
#include <cmath>
#include <cstdint>

using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr int kWidth = 256;
constexpr int kKinds = 8;

/// The values of tests/tools/ggufencoded.py, exact in float32: noise, zeros, constants, outliers, one-sided, sparse.
std::vector<float> values() {
    constexpr int kRows = 320;
    std::vector<float> all;
    std::uint32_t state = 1;
    for (int row = 0; row < kRows; ++row) {
        const float scale = std::ldexp(1.0F, -(row % 13));
        for (int i = 0; i < kWidth; ++i) {
            state = state * 1664525 + 1013904223;
            const float unit = std::ldexp(static_cast<float>(static_cast<std::int32_t>(state >> 8) - (1 << 23)), -23);
            const std::array sparse{0.0F, -0.0F, unit, std::ldexp(1.0F, -70)};
            const std::array<float, kKinds> kinds{unit,
                                                  0.0F,
                                                  1.0F,
                                                  -1.0F,
                                                  unit * (i % 37 == 0 ? 64.0F : 1.0F),
                                                  std::abs(unit),
                                                  -1 - std::abs(unit),
                                                  sparse[static_cast<std::size_t>(i % 4)]};
            all.push_back(scale * kinds[static_cast<std::size_t>(row % kKinds)]);
        }
    }
    return all;
}

QByteArray encoded(WeightFormat format, std::span<const float> input) {
    const ldm::GgmlType& type = quant::ggmlType(format);
    QByteArray blocks(static_cast<qsizetype>(input.size() / type.elements * type.bytes), '\0');
    quant::encodeBlocks(format, input, reinterpret_cast<std::byte*>(blocks.data()));
    return blocks;
}

std::vector<WeightFormat> ggufFormats() {
    std::vector<WeightFormat> formats;
    for (const WeightFormat format : quant::allWeightFormats())
        if (quant::isGguf(format)) formats.push_back(format);
    return formats;
}

} // namespace

class GgmlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void blocksEqualThoseOfGgmlsOwnLibrary_data() {
        QTest::addColumn<int>("format");
        for (const WeightFormat format : ggufFormats())
            QTest::newRow(quant::nameOf(format).data()) << static_cast<int>(format);
        QCOMPARE(ggufFormats().size(), std::size_t{8});
    }

    void blocksEqualThoseOfGgmlsOwnLibrary() {
        QFETCH(int, format);
        const auto type = static_cast<WeightFormat>(format);
        const auto golden = nlohmann::json::parse(
            support::contentOf(std::filesystem::path(NOISEFLOOR_TEST_DATA) / "gguf" / "encoded.json"));
        const auto& expected = golden.at(std::string(quant::nameOf(type)));
        const std::vector<float> input = values();
        for (std::size_t row = 0; row < kKinds; ++row)
            QCOMPARE(encoded(type, std::span(input).subspan(row * kWidth, kWidth)).toHex().toStdString(),
                     expected.at("rows").at(row).get<std::string>());
        const QByteArray digest = QCryptographicHash::hash(encoded(type, input), QCryptographicHash::Sha256);
        QCOMPARE(digest.toHex().toStdString(), expected.at("sha256").get<std::string>());
    }

    void weightsAreWhatTheirBlocksDecodeTo() {
        const std::vector<float> input = values();
        const at::Tensor weight = at::tensor(input).reshape({-1, 2 * kWidth});
        for (const WeightFormat format : ggufFormats()) {
            const ldm::GgmlType& type = quant::ggmlType(format);
            const QByteArray blocks = encoded(format, input);
            at::Tensor expected = at::empty(weight.sizes(), at::kFloat);
            type.decode(reinterpret_cast<const std::byte*>(blocks.data()),
                        static_cast<std::int64_t>(input.size() / type.elements), expected.data_ptr<float>());
            QVERIFY2(at::equal(quant::quantizedWeights(weight, format), expected), type.name.data());
        }
    }

    /// Signal to error of weights as networks have them, within a decibel of ggml's own.
    void fewerBitsLoseMore() {
        at::manual_seed(3);
        const at::Tensor weight = at::randn({64, 512}) * 0.03;
        double before = std::numeric_limits<double>::infinity();
        const std::vector<std::pair<WeightFormat, double>> expected{
            {WeightFormat::Q8_0, 44.1}, {WeightFormat::Q6_K, 34.2}, {WeightFormat::Q5_K, 28.4},
            {WeightFormat::Q5_0, 26.2}, {WeightFormat::Q4_K, 22.6}, {WeightFormat::Q4_1, 21.7},
            {WeightFormat::Q4_0, 20.1}};
        for (const auto& [format, decibels] : expected) {
            const double found = quant::errorSums(weight, quant::quantizedWeights(weight, format)).db();
            QVERIFY2(found < before && std::abs(found - decibels) < 1.5,
                     (std::string(quant::nameOf(format)) + " " + std::to_string(found)).c_str());
            before = found;
        }
    }

    void rowsThatBlocksDoNotDivideAreKeptInAnotherFormat() {
        at::manual_seed(4);
        const at::Tensor row320 = at::randn({3, 320});
        QVERIFY(at::equal(quant::quantizedWeights(row320, WeightFormat::Q4_K),
                          quant::quantizedWeights(row320, WeightFormat::Q8_0)));
        const at::Tensor convolution = at::randn({3, 256, 3, 3});
        for (const WeightFormat format : ggufFormats())
            QVERIFY(at::equal(quant::quantizedWeights(convolution, format),
                              quant::quantizedWeights(convolution, WeightFormat::Fp16)));
    }

    void weightsBeyondTheScalesAreRefused() {
        for (const WeightFormat format : ggufFormats()) {
            const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
                quant::quantizedWeights(at::full({1, kWidth}, 1e6F), format);
            });
            QVERIFY2(contains(said, quant::nameOf(format)) && contains(said, "65504"), said.c_str());
            QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] {
                         quant::quantizedWeights(at::full({1, kWidth}, std::nan(""), at::kFloat), format);
                     }).empty());
        }
        QVERIFY(!failureOf(ldm::ErrorKind::Failed, [] { quant::ggmlType(WeightFormat::Int8); }).empty());
    }
};

NOISEFLOOR_TEST(GgmlTest)
#include "tst_ggml.moc"
