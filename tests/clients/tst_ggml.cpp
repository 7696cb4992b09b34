#include "clients/ggmllibrary.h"
#include "support/testmain.h"

#include <quant/ggml.h>

#include <QTest>

#include <bit>
#include <cmath>
#include <functional>
#include <random>

using quant::WeightFormat;
using support::GgmlLibrary;

namespace {

constexpr int kWidth = 256;
constexpr int kRows = 400;

using Generator = std::mt19937;

/// Value `i` of kind `name`; many rows have a scale of their own.
struct Kind {
    const char* name;
    std::function<float(Generator&, int)> value;
};

float normal(Generator& random) {
    return std::normal_distribution<float>()(random);
}

float power(int i, int steps) {
    return std::ldexp(1.0F, -(i / kWidth % steps));
}

std::vector<Kind> kinds() {
    const auto zero = [](Generator& random) { return random() % 2 ? 0.0F : -0.0F; };
    return {
        {"weights", [](Generator& random, int) { return 0.03F * normal(random); }},
        {"outliers", [](Generator& random, int) { return normal(random) * (random() % 50 ? 0.01F : 100.0F); }},
        {"zeros", [](Generator&, int) { return 0.0F; }},
        {"zeros of both signs", [=](Generator& random, int) { return zero(random); }},
        {"constants", [](Generator&, int i) { return (i / kWidth % 2 ? 1.5F : -1.5F) * power(i, 40); }},
        {"two values", [](Generator& random, int i) { return (random() % 2 ? 1.0F : -1.0F) * power(i, 30); }},
        {"one sign", [](Generator& random, int) { return 1 + 0.001F * std::abs(normal(random)); }},
        {"zeros and one sign",
         [=](Generator& random, int i) {
             return random() % 3 ? zero(random) : std::abs(normal(random)) * (i / kWidth % 2 ? 1.0F : -1.0F);
         }},
        {"large", [](Generator& random, int) { return std::uniform_real_distribution<float>(-65504, 65504)(random); }},
        {"ever smaller", [](Generator& random, int i) { return normal(random) * power(i, 149); }},
        {"denormal", [](Generator& random, int) { return 1e-41F * normal(random); }},
        {"steps", [](Generator& random, int) { return 0.01F * std::round(4 * normal(random)); }},
        {"mixed scales", [](Generator& random, int) { return normal(random) * (random() % 2 ? 1.0F : 1e-30F); }},
    };
}

std::vector<float> valuesOf(const Kind& kind) {
    Generator random(5);
    std::vector<float> values(kWidth * kRows);
    for (int i = 0; i < kWidth * kRows; ++i) values[static_cast<std::size_t>(i)] = kind.value(random, i);
    return values;
}

/// Equal to the bit; any NaN equals any other.
bool same(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

} // namespace

/// Our encoders and decoders beside those of ggml's own library.
class GgmlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        if (const QString why = GgmlLibrary::whyMissing(); !why.isEmpty()) QSKIP(qPrintable(why));
        m_library = std::make_unique<GgmlLibrary>();
    }

    void encodersGiveGgmlsBytes_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("kind");
        for (const WeightFormat format : quant::allWeightFormats())
            for (std::size_t kind = 0; quant::isGguf(format) && kind < kinds().size(); ++kind)
                QTest::addRow("%s %s", quant::nameOf(format).data(), kinds().at(kind).name)
                    << static_cast<int>(format) << static_cast<int>(kind);
    }

    void encodersGiveGgmlsBytes() {
        QFETCH(int, format);
        QFETCH(int, kind);
        const ldm::GgmlType& type = quant::ggmlType(static_cast<WeightFormat>(format));
        const std::vector<Kind> all = kinds();
        const std::vector<float> values = valuesOf(all.at(static_cast<std::size_t>(kind)));
        std::vector<std::byte> ours(values.size() / type.elements * type.bytes);
        quant::encodeBlocks(static_cast<WeightFormat>(format), values, ours.data());
        QVERIFY(ours == m_library->quantized(type, values, kWidth));
        QVERIFY(ours == m_library->quantizedByReference(type, values));
        QVERIFY(m_library->isValid(type.id, ours));
    }

    void decodersGiveGgmlsValues_data() {
        QTest::addColumn<int>("type");
        for (const ldm::GgmlType& type : ldm::ggmlTypes())
            if (type.isBlock()) QTest::newRow(type.name.data()) << static_cast<int>(type.id);
    }

    /// Of blocks of any content, scales that are no numbers among them.
    void decodersGiveGgmlsValues() {
        QFETCH(int, type);
        const ldm::GgmlType& found = *ldm::ggmlType(static_cast<std::uint32_t>(type));
        Generator random(7);
        std::vector<std::byte> blocks(found.bytes * 5000);
        for (std::byte& byte : blocks) byte = static_cast<std::byte>(random());
        std::vector<float> ours(found.elements * 5000);
        found.decode(blocks.data(), 5000, ours.data());
        const std::vector<float> theirs = m_library->dequantized(found, blocks);
        QVERIFY(std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same));
    }

private:
    std::unique_ptr<GgmlLibrary> m_library;
};

NOISEFLOOR_TEST(GgmlTest)
#include "tst_ggml.moc"
