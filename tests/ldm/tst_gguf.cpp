#include "failures.h"
#include "support/ggufwriter.h"
#include "support/testmain.h"

#include <ldm/gguf.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <bit>
#include <functional>

using ldm::ErrorKind;
using ldm::GgufFile;
using support::bytesOf;
using support::contains;
using support::failureOf;
using support::ggufArray;
using support::GgufParts;
using support::ggufText;
using support::put;

namespace fs = std::filesystem;

namespace {

using Change = std::function<void(GgufParts&)>;
using Shape = std::vector<std::int64_t>;

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kF16 = 1;
constexpr std::uint32_t kQ8 = 8;
constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;

std::string ones(std::size_t count) {
    std::string data;
    for (std::size_t i = 0; i < count; ++i) data += bytesOf(1.0F);
    return data;
}

/// A text under "a", a float tensor "t" of 2 rows with 3 values and one block of Q8_0, "q".
GgufParts good() {
    GgufParts parts;
    parts.addText("a", "text");
    parts.tensors.push_back({"t", {3, 2}, kF32, ones(6), {}});
    parts.tensors.push_back({"q", {32}, kQ8, bytesOf<std::uint16_t>(0x3C00) + std::string(32, '\2'), {}});
    return parts;
}

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

Q_DECLARE_METATYPE(Change)

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
            const ldm::TensorTable tensors = open(good()).tensors();
            values = tensors.find("t")->values();
        }
        QCOMPARE(values.sum().item<float>(), 6.0F);
    }

    void blocksDecodeToTheBitAsGgmlDecodesThem_data() {
        QTest::addColumn<QString>("name");
        for (const auto& [name, row] : golden().items()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
        QCOMPARE(golden().size(), 12U);
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
            GgufParts parts = good();
            parts.pairs.push_back({"general.alignment", 4, bytesOf(static_cast<std::uint32_t>(alignment))});
            parts.alignment = alignment;
            const ldm::TensorTable tensors = open(parts).tensors();
            QCOMPARE(tensors.find("t")->values().sum().item<float>(), 6.0F);
            QCOMPARE(tensors.find("q")->values().sum().item<float>(), 64.0F);
        }
    }

    void versionTwoIsTheSame() {
        GgufParts parts = good();
        parts.version = 2;
        QCOMPARE(open(parts).entries().size(), 2U);
    }

    void headerAndDataMakeUpTheFile() {
        const GgufFile file = open(good());
        QCOMPARE(file.header().size() + file.data().size(), good().bytes().size());
        QCOMPARE(file.header().size() % 32, 0U);
    }

    void badFilesAreRefusedWithThePlace_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("place");
        const auto row = [](const char* name, Change change, const char* place) {
            QTest::newRow(name) << change << QString(place);
        };
        headerRows(row);
        metadataRows(row);
        tensorRows(row);
        offsetRows(row);
    }

    void badFilesAreRefusedWithThePlace() {
        QFETCH(Change, change);
        QFETCH(QString, place);
        GgufParts parts = good();
        change(parts);
        const std::string sentence = failureOf(ErrorKind::BadInput, [&] { open(parts); });
        QVERIFY2(contains(sentence, place.toStdString()), sentence.c_str());
        QVERIFY2(contains(sentence, path().string()), sentence.c_str());
        QVERIFY2(sentence.ends_with("."), sentence.c_str());
    }

    void typesThatCannotBeReadAreNamedWithTheRemedy() {
        const std::vector<std::pair<unsigned, const char*>> types = {
            {9, "Q8_1"}, {15, "Q8_K"}, {16, "IQ2_XXS"}, {18, "IQ3_XXS"}, {29, "IQ1_M"}, {35, "TQ2_0"}, {39, "MXFP4"}};
        for (const auto& [type, name] : types) {
            GgufParts parts = good();
            parts.tensors[0].type = type;
            const std::string sentence = failureOf(ErrorKind::BadInput, [&] { open(parts); });
            QVERIFY2(contains(sentence, "tensor \"t\" has type " + std::string(name) + ", which"), sentence.c_str());
            QVERIFY2(contains(sentence, "convert the file to F16"), sentence.c_str());
        }
    }

    void everyTruncationIsRefused() {
        const std::string bytes = good().bytes();
        const std::size_t end = bytes.size() - 30; // the last tensor has 34 bytes, padded to 64
        for (std::size_t length = 0; length < end; ++length)
            QVERIFY2(!failureOf(ErrorKind::BadInput, [&] { openBytes(bytes.substr(0, length)); }).empty(),
                     std::to_string(length).c_str());
        for (std::size_t length = end; length <= bytes.size(); ++length)
            QCOMPARE(openBytes(bytes.substr(0, length)).entries().size(), 2U);
    }

    /// Whatever a byte of the header is changed to, the file opens or is refused as bad input.
    void everyChangedByteIsReadOrRefused() {
        const std::string bytes = good().bytes();
        const std::size_t header = open(good()).header().size();
        for (std::size_t place = 0; place < header; ++place) {
            for (const char value : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
                std::string changed = bytes;
                changed[place] = value;
                try {
                    const ldm::TensorTable tensors = openBytes(changed).tensors();
                    for (const ldm::StoredTensor& tensor : tensors.tensors()) tensor.values().clone();
                } catch (const ldm::Error& error) {
                    QVERIFY(error.kind() == ErrorKind::BadInput);
                }
            }
        }
    }

    void aFolderIsNoFile() {
        const std::string sentence =
            failureOf(ErrorKind::BadInput, [&] { GgufFile::open(m_folder->path().toStdString()); });
        QVERIFY(contains(sentence, "name a .gguf file"));
    }

private:
    template <typename Row> static void headerRows(const Row& row) {
        row(
            "magic", [](GgufParts& p) { p.magic = "GGML"; }, "this is no GGUF file");
        row(
            "version 1", [](GgufParts& p) { p.version = 1; }, "GGUF version 1, which this program does not read");
        row(
            "version 4", [](GgufParts& p) { p.version = 4; }, "GGUF version 4");
        row(
            "big-endian", [](GgufParts& p) { p.version = 0x03000000; }, "a big-endian GGUF file");
        row(
            "huge count of pairs", [](GgufParts& p) { p.pairCount = kHuge; }, "1152921504606846976 metadata entries");
        row(
            "huge count of tensors", [](GgufParts& p) { p.tensorCount = kHuge; }, "1152921504606846976 tensors");
        row(
            "negative count", [](GgufParts& p) { p.tensorCount = ~std::uint64_t{0}; }, "18446744073709551615 tensors");
        row(
            "a pair too many", [](GgufParts& p) { p.pairCount = 2; }, "metadata");
        row(
            "a tensor too many", [](GgufParts& p) { p.tensorCount = 3; }, "tensor 2 ");
    }

    template <typename Row> static void metadataRows(const Row& row) {
        const auto value = [&row](const char* name, std::uint32_t type, const std::string& bytes, const char* place) {
            row(
                name,
                [type, bytes](GgufParts& p) {
                    p.pairs.push_back({"b", type, bytes});
                },
                place);
        };
        row(
            "empty key", [](GgufParts& p) { p.pairs[0].key = ""; }, "metadata entry 0 has an empty key");
        row(
            "key that is no UTF-8", [](GgufParts& p) { p.pairs[0].key = "\xff"; },
            "metadata entry 0 holds a text that");
        row(
            "zero byte", [](GgufParts& p) { p.pairs[0].key = std::string("a\0b", 3); }, "a text with a zero byte");
        row(
            "long key", [](GgufParts& p) { p.pairs[0].key = std::string(65536, 'k'); }, "a key of more than 65535");
        row(
            "key twice", [](GgufParts& p) { p.addText("a", "again"); }, "metadata \"a\" is there twice");
        value("value type", 13, "", "metadata \"b\" has the unknown value type 13");
        value("truth value", 7, bytesOf<std::uint8_t>(2), "the truth value 2 where 0 or 1");
        value("text beyond the end", 8, bytesOf(kHuge), "metadata \"b\" needs 1152921504606846976 bytes");
        value("text of all ones", 8, bytesOf(~std::uint64_t{0}), "needs 18446744073709551615 bytes");
        value("nested array", 9, ggufArray(9, 1, ggufArray(0, 1, "x")), "metadata \"b\" is an array of arrays");
        value("array type", 9, ggufArray(77, 1, "x"), "the unknown value type 77");
        value("huge array", 9, ggufArray(0, kHuge, "x"), "metadata \"b\" announces 1152921504606846976 elements");
        value("array that overflows", 9, ggufArray(12, std::uint64_t{1} << 61, "x"), "2305843009213693952 elements");
        value("array over the limit", 9, ggufArray(0, 5000000, std::string(5000000, 'x')), "more than the 4194304");
        const auto alignment = [&row](const char* name, std::uint32_t type, const std::string& bytes) {
            row(
                name,
                [type, bytes](GgufParts& p) {
                    p.pairs.push_back({"general.alignment", type, bytes});
                },
                "metadata \"general.alignment\" is not a power of two");
        };
        alignment("alignment 0", 4, bytesOf<std::uint32_t>(0));
        alignment("alignment 24", 4, bytesOf<std::uint32_t>(24));
        alignment("alignment of another type", 8, ggufText("32"));
        alignment("alignment beyond u32", 10, bytesOf(kHuge));
    }

    template <typename Row> static void tensorRows(const Row& row) {
        const auto sizes = [&row](const char* name, std::vector<std::uint64_t> values, const char* place) {
            row(
                name, [values](GgufParts& p) { p.tensors[0].sizes = values; }, place);
        };
        row(
            "empty name", [](GgufParts& p) { p.tensors[0].name = ""; }, "tensor 0 has an empty name");
        row(
            "name that is no UTF-8", [](GgufParts& p) { p.tensors[0].name = "\xc0\x80"; }, "tensor 0 holds a text");
        row(
            "name twice", [](GgufParts& p) { p.tensors[1].name = "t"; }, "tensor \"t\" is there twice");
        sizes("five dimensions", {3, 2, 1, 1, 1}, "tensor \"t\" has 5 dimensions where at most 4");
        sizes("no values", {3, 0}, "tensor \"t\" has a dimension of size 0");
        sizes("negative size", {3, ~std::uint64_t{0}}, "a dimension of size -1");
        sizes("product that overflows", {kHuge, 16}, "a shape whose size overflows");
        sizes("bytes that overflow", {kHuge, 4}, "a size in bytes that overflows");
        sizes("more than the file", {3, 200}, "tensor \"q\" begins at byte 32 of the data where 2400 is due");
        row(
            "unknown type", [](GgufParts& p) { p.tensors[0].type = 1000; }, "tensor \"t\" has the unknown type 1000");
        row(
            "negative type", [](GgufParts& p) { p.tensors[0].type = ~0U; }, "the unknown type 4294967295");
        row(
            "half a block", [](GgufParts& p) { p.tensors[0].type = kQ8; },
            "tensor \"t\" has rows of 3 values, which are no multiple of the 32 that a block of Q8_0 holds");
        const auto original = [&row](const char* name, std::uint32_t type, const std::string& bytes,
                                     const char* place) {
            row(
                name,
                [=](GgufParts& p) {
                    p.pairs.push_back({"comfy.gguf.orig_shape.t", type, bytes});
                },
                place);
        };
        original("original shape of another size", 9, ggufArray(5, 1, bytesOf(5)), "of 5 values where it holds 6");
        original("original shape with a zero", 9, ggufArray(5, 1, bytesOf(0)), "no list of integers of at least 1");
        original("original shape in floats", 9, ggufArray(6, 1, bytesOf(6.0F)), "no list of integers of at least 1");
        original("original shape that is a number", 5, bytesOf(6), "an original shape that is no array");
    }

    template <typename Row> static void offsetRows(const Row& row) {
        row(
            "first offset", [](GgufParts& p) { p.tensors[0].offset = 32; }, "begins at byte 32 of the data where 0 is");
        row(
            "overlap", [](GgufParts& p) { p.tensors[1].offset = 0; }, "tensor \"q\" begins at byte 0 of the data");
        row(
            "hole", [](GgufParts& p) { p.tensors[1].offset = 64; }, "begins at byte 64 of the data where 32 is due");
        row(
            "unaligned", [](GgufParts& p) { p.tensors[1].offset = 24; }, "begins at byte 24 of the data");
        row(
            "beyond the end", [](GgufParts& p) { p.tensors[1].offset = kHuge; }, "begins at byte 1152921504606846976");
        row(
            "sum that overflows",
            [](GgufParts& p) {
                p.tensors[0].sizes = {~std::uint64_t{0} / 8, 1};
                p.tensors[0].type = 24;
                p.tensors[1].sizes = {~std::uint64_t{0} / 4, 1};
                p.tensors[1].type = 30;
                p.tensors[1].offset = std::uint64_t{1} << 61;
                const std::uint64_t due = (std::uint64_t{1} << 61) + (std::uint64_t{1} << 63);
                p.tensors.push_back({"r", {~std::uint64_t{0} / 4, 1}, kF16, "", due});
            },
            "overflows 64 bits");
        row(
            "truncated",
            [](GgufParts& p) {
                p.tensors[1].sizes = {32, 4};
            },
            "but 96 follow it (truncated)");
        row(
            "trailing bytes", [](GgufParts& p) { p.behind = "x"; }, "(trailing bytes)");
        row(
            "padding", [](GgufParts& p) { p.padding = '\1'; }, "padding");
    }

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
