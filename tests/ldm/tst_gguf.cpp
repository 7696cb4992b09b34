#include "failures.h"
#include "support/ggufwriter.h"
#include "support/testmain.h"

#include <ldm/gguf.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <bit>

using ldm::ErrorKind;
using ldm::GgufFile;
using support::bytesOf;
using support::contains;
using support::failureOf;
using support::ggufArray;
using support::GgufParts;
using support::ggufText;
using support::ones;
using support::put;
using support::smallGguf;

namespace fs = std::filesystem;

namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ8 = 8;

nlohmann::json golden() {
    return nlohmann::json::parse(support::contentOf(fs::path(NOISEFLOOR_TEST_DATA) / "gguf" / "blocks.json"));
}

std::string fromHex(const std::string& hex) {
    return QByteArray::fromHex(QByteArray::fromStdString(hex)).toStdString();
}

/// Equal to the bit, so that -0 is no 0.
bool sameBits(const at::Tensor& values, const std::vector<float>& expected) {
    if (values.numel() != static_cast<std::int64_t>(expected.size())) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (std::bit_cast<std::uint32_t>(values.data_ptr<float>()[i]) != std::bit_cast<std::uint32_t>(expected[i]))
            return false;
    return true;
}

template <typename T> const T& scalar(const GgufFile& file, const std::string& key) {
    return std::get<T>(std::get<ldm::GgufScalar>(file.metadata().at(key)));
}

} // namespace

class GgufTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void valuesOfEveryTypeAreKept() {
        GgufParts parts;
        parts.pairs = {{"u8", 0, bytesOf<std::uint8_t>(200)},
                       {"i8", 1, bytesOf<std::int8_t>(-100)},
                       {"u16", 2, bytesOf<std::uint16_t>(60000)},
                       {"i16", 3, bytesOf<std::int16_t>(-30000)},
                       {"u32", 4, bytesOf<std::uint32_t>(4000000000)},
                       {"i32", 5, bytesOf<std::int32_t>(-2000000000)},
                       {"f32", 6, bytesOf(0.25F)},
                       {"bool", 7, bytesOf<std::uint8_t>(1)},
                       {"string", 8, ggufText("Grün")},
                       {"array", 9, ggufArray(8, 2, ggufText("a") + ggufText(""))},
                       {"u64", 10, bytesOf(~std::uint64_t{0})},
                       {"i64", 11, bytesOf(std::int64_t{-5})},
                       {"f64", 12, bytesOf(0.1)},
                       {"empty", 9, ggufArray(4, 0, "")}};
        const GgufFile file = open(parts);
        QCOMPARE(scalar<std::uint64_t>(file, "u8"), 200U);
        QCOMPARE(scalar<std::int64_t>(file, "i8"), -100);
        QCOMPARE(scalar<std::uint64_t>(file, "u16"), 60000U);
        QCOMPARE(scalar<std::int64_t>(file, "i16"), -30000);
        QCOMPARE(scalar<std::uint64_t>(file, "u32"), 4000000000U);
        QCOMPARE(scalar<std::int64_t>(file, "i32"), -2000000000);
        QCOMPARE(scalar<double>(file, "f32"), 0.25);
        QCOMPARE(scalar<bool>(file, "bool"), true);
        QCOMPARE(*file.text("string"), std::string("Grün"));
        const auto& array = std::get<ldm::GgufArray>(file.metadata().at("array"));
        QCOMPARE(array.size(), 2U);
        QCOMPARE(std::get<std::string>(array[0]), std::string("a"));
        QCOMPARE(scalar<std::uint64_t>(file, "u64"), ~std::uint64_t{0});
        QCOMPARE(scalar<std::int64_t>(file, "i64"), -5);
        QCOMPARE(scalar<double>(file, "f64"), 0.1);
        QVERIFY(std::get<ldm::GgufArray>(file.metadata().at("empty")).empty());
        QVERIFY(!file.text("absent"));
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { file.text("u8"); }), "metadata \"u8\" is no text"));
        QVERIFY(file.entries().empty());
    }

    void shapesComeInTorchOrder() {
        GgufParts parts;
        parts.tensors.push_back({"conv", {3, 3, 4, 2}, kF32, ones(72), {}});
        parts.tensors.push_back({"linear", {4, 2}, kF32, ones(8), {}});
        parts.tensors.push_back({"scalar", {}, kF32, ones(1), {}});
        const ldm::TensorTable tensors = open(parts).tensors();
        QCOMPARE(tensors.find("conv")->shape, (Shape{2, 4, 3, 3}));
        QCOMPARE(tensors.find("linear")->shape, (Shape{2, 4}));
        QCOMPARE(tensors.find("linear")->values().sizes().vec(), (Shape{2, 4}));
        QCOMPARE(tensors.find("scalar")->shape, Shape{});
        QCOMPARE(tensors.find("scalar")->values().item<float>(), 1.0F);
    }

    void aFlattenedTensorGetsItsOriginalShape() {
        GgufParts parts;
        std::string sizes;
        for (const std::int32_t size : {8, 4, 1, 1}) sizes += bytesOf(size);
        parts.pairs.push_back({"comfy.gguf.orig_shape.t", 9, ggufArray(5, 4, sizes)});
        parts.tensors.push_back({"t", {32}, kQ8, std::string(34, '\0'), {}});
        const ldm::TensorTable tensors = open(parts).tensors();
        QCOMPARE(tensors.find("t")->shape, (Shape{8, 4, 1, 1}));
        QCOMPARE(tensors.find("t")->values().sizes().vec(), (Shape{8, 4, 1, 1}));
    }

    void plainTypesAreViewsOfTheFile_data() {
        QTest::addColumn<unsigned>("type");
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<int>("scalarType");
        const auto row = [](const char* name, unsigned type, const std::string& data, at::ScalarType scalarType) {
            QTest::newRow(name) << type << QByteArray::fromStdString(data) << static_cast<int>(scalarType);
        };
        row("F32", 0, bytesOf(-2.5F), at::kFloat);
        row("F16", 1, bytesOf<std::uint16_t>(0xC100), at::kHalf);
        row("I8", 24, bytesOf<std::int8_t>(-2), at::kChar);
        row("I16", 25, bytesOf<std::int16_t>(-2), at::kShort);
        row("I32", 26, bytesOf<std::int32_t>(-2), at::kInt);
        row("I64", 27, bytesOf<std::int64_t>(-2), at::kLong);
        row("F64", 28, bytesOf(-2.5), at::kDouble);
        row("BF16", 30, bytesOf<std::uint16_t>(0xC020), at::kBFloat16);
    }

    void plainTypesAreViewsOfTheFile() {
        QFETCH(unsigned, type);
        QFETCH(QByteArray, data);
        QFETCH(int, scalarType);
        GgufParts parts;
        parts.tensors.push_back({"t", {1}, type, data.toStdString(), {}});
        const GgufFile file = open(parts);
        const ldm::TensorTable tensors = file.tensors();
        const ldm::StoredTensor& stored = *tensors.find("t");
        const at::Tensor values = stored.values();
        QCOMPARE(static_cast<int>(values.scalar_type()), scalarType);
        QCOMPARE(ldm::toScalarType(stored.type), values.scalar_type());
        QCOMPARE(stored.storedAs, std::string(QTest::currentDataTag()));
        QCOMPARE(stored.bytes, static_cast<std::uint64_t>(data.size()));
        QCOMPARE(values.to(at::kDouble).item<double>(), at::isFloatingType(values.scalar_type()) ? -2.5 : -2.0);
        QCOMPARE(values.data_ptr(), static_cast<const void*>(file.data().data()));
    }

    void viewsKeepTheFileMapped() {
        at::Tensor values;
        {
            const ldm::TensorTable tensors = open(smallGguf()).tensors();
            values = tensors.find("t")->values();
        }
        QCOMPARE(values.sum().item<float>(), 6.0F);
    }

    void blocksDecodeToTheBitAsGgmlDecodesThem_data() {
        QTest::addColumn<QString>("name");
        const nlohmann::json blocks = golden(); // must outlive the loop over its items
        for (const auto& [name, row] : blocks.items()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
        QCOMPARE(blocks.size(), 12U);
    }

    void blocksDecodeToTheBitAsGgmlDecodesThem() {
        QFETCH(QString, name);
        const nlohmann::json expected = golden().at(name.toStdString());
        const auto values = expected.at("values").get<std::vector<float>>();
        const std::uint64_t row = values.size() / 2;
        GgufParts parts;
        parts.tensors.push_back({"t",
                                 {row, 2},
                                 expected.at("type").get<std::uint32_t>(),
                                 fromHex(expected.at("blocks").get<std::string>()),
                                 {}});
        const ldm::TensorTable tensors = open(parts).tensors();
        const ldm::StoredTensor& stored = *tensors.find("t");
        QCOMPARE(stored.storedAs, name.toStdString());
        QCOMPARE(stored.shape, (Shape{2, static_cast<std::int64_t>(row)}));
        QVERIFY(stored.type == ldm::DType::F32);
        QVERIFY(sameBits(stored.values(), values));
    }

    /// More blocks than one thread takes at once.
    void manyBlocksDecodeAsEachOne() {
        const nlohmann::json expected = golden().at("Q6_K");
        const auto two = expected.at("values").get<std::vector<float>>();
        constexpr std::uint64_t kPairs = 700;
        std::string data;
        std::vector<float> values;
        for (std::uint64_t i = 0; i < kPairs; ++i) {
            data += fromHex(expected.at("blocks").get<std::string>());
            values.insert(values.end(), two.begin(), two.end());
        }
        GgufParts parts;
        parts.tensors.push_back({"t", {256, 2 * kPairs}, 14, data, {}});
        QVERIFY(sameBits(open(parts).tensors().find("t")->values(), values));
    }

    void dataAtAnyAddressIsRead() {
        for (const std::uint64_t alignment : {1, 2, 64, 4096}) {
            GgufParts parts = smallGguf();
            parts.pairs.push_back({"general.alignment", 4, bytesOf(static_cast<std::uint32_t>(alignment))});
            parts.alignment = alignment;
            const ldm::TensorTable tensors = open(parts).tensors();
            QCOMPARE(tensors.find("t")->values().sum().item<float>(), 6.0F);
            QCOMPARE(tensors.find("q")->values().sum().item<float>(), 64.0F);
        }
    }

    void versionTwoIsTheSame() {
        GgufParts parts = smallGguf();
        parts.version = 2;
        QCOMPARE(open(parts).entries().size(), 2U);
    }

    void headerAndDataMakeUpTheFile() {
        const GgufFile file = open(smallGguf());
        QCOMPARE(file.header().size() + file.data().size(), smallGguf().bytes().size());
        QCOMPARE(file.header().size() % 32, 0U);
    }

    void aFolderIsNoFile() {
        const std::string sentence =
            failureOf(ErrorKind::BadInput, [&] { GgufFile::open(m_folder->path().toStdString()); });
        QVERIFY(contains(sentence, "name a .gguf file"));
    }

private:
    fs::path path() const { return fs::path(m_folder->path().toStdString()) / "model.gguf"; }

    GgufFile openBytes(const std::string& bytes) const {
        put(path(), bytes);
        return GgufFile::open(path());
    }

    GgufFile open(const GgufParts& parts) const { return openBytes(parts.bytes()); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(GgufTest)
#include "tst_gguf.moc"
