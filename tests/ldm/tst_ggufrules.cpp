#include "failures.h"
#include "support/ggufwriter.h"
#include "support/testmain.h"

#include <ldm/gguf.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

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
using support::smallGguf;

namespace fs = std::filesystem;

namespace {

using Change = std::function<void(GgufParts&)>;

constexpr std::uint32_t kF16 = 1;
constexpr std::uint32_t kQ8 = 8;
constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;

} // namespace

Q_DECLARE_METATYPE(Change)

/// Every rule of the format, broken.
class GgufRulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

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
        GgufParts parts = smallGguf();
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
            GgufParts parts = smallGguf();
            parts.tensors[0].type = type;
            const std::string sentence = failureOf(ErrorKind::BadInput, [&] { open(parts); });
            QVERIFY2(contains(sentence, "tensor \"t\" has type " + std::string(name) + ", which"), sentence.c_str());
            QVERIFY2(contains(sentence, "convert the file to F16"), sentence.c_str());
        }
    }

    void everyTruncationIsRefused() {
        const std::string bytes = smallGguf().bytes();
        const std::size_t end = bytes.size() - 30; // the last tensor has 34 bytes, padded to 64
        for (std::size_t length = 0; length < end; ++length)
            QVERIFY2(!failureOf(ErrorKind::BadInput, [&] { openBytes(bytes.substr(0, length)); }).empty(),
                     std::to_string(length).c_str());
        for (std::size_t length = end; length <= bytes.size(); ++length)
            QCOMPARE(openBytes(bytes.substr(0, length)).entries().size(), 2U);
    }

    /// Whatever a byte of the header is changed to, the file opens or is refused as bad input.
    void everyChangedByteIsReadOrRefused() {
        const std::string bytes = smallGguf().bytes();
        const std::size_t header = open(smallGguf()).header().size();
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
            "a pair too many", [](GgufParts& p) { p.pairCount = 2; }, "tensor 0 needs");
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

NOISEFLOOR_TEST(GgufRulesTest)
#include "tst_ggufrules.moc"
