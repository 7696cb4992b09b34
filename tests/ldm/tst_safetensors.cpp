#include "failures.h"
#include "filesizelimit.h"
#include "support/testmain.h"

#include <ldm/safetensors.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <numeric>

#include <sys/stat.h>

using ldm::DType;
using ldm::ErrorKind;
using ldm::SafetensorsFile;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;
using support::put;

namespace fs = std::filesystem;

namespace {

std::string fileBytes(const std::string& header, const std::string& data, std::uint64_t length) {
    std::string bytes(sizeof length, '\0');
    std::memcpy(bytes.data(), &length, sizeof length);
    return bytes + header + data;
}

std::string fileBytes(const std::string& header, const std::string& data = {}) {
    return fileBytes(header, data, header.size());
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return "{" + entry("a", dtype, shape, offsets) + "}";
}

std::span<const std::byte> bytesOf(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace

class SafetensorsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void damagedFilesAreRefusedWithFileAndPlace_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("place");
        const auto row = [](const char* name, const std::string& bytes, const char* place) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(place);
        };
        const std::string data(64, '\1');
        const auto two = [&](const char* first, const char* second, std::size_t size) {
            return fileBytes("{" + entry("a", "F32", "[2]", first) + "," + entry("b", "F32", "[2]", second) + "}",
                             data.substr(0, size));
        };
        row("empty file", "", "0 bytes");
        row("five bytes", "12345", "5 bytes");
        row("header too large", fileBytes("{}", "", 100000001), "100000001");
        row("header beyond the end", fileBytes("{}", "", 3), "reaches beyond");
        row("length of all ones", fileBytes("{}", "", ~std::uint64_t{0}), "18446744073709551615");
        row("no header", fileBytes(""), "does not start with");
        row("leading space", fileBytes(" {}"), "does not start with");
        row("not an object", fileBytes("[]"), "does not start with");
        row("NUL padding", fileBytes(std::string("{}\0\0", 4)), "not valid JSON");
        row("cut JSON", fileBytes("{\"a\":{\"dtype\":"), "not valid JSON");
        row("not UTF-8", fileBytes("{\"\xFF\":1}"), "not UTF-8");
        row("nested too deep", fileBytes("{\"a\":" + std::string(200, '[')), "nested deeper");
        row("duplicate key",
            fileBytes("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("a", "U8", "[4]", "[4,8]") + "}",
                      data.substr(0, 8)),
            "key \"a\" twice");
        row("duplicate key, same entry",
            fileBytes("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("a", "U8", "[4]", "[0,4]") + "}",
                      data.substr(0, 4)),
            "key \"a\" twice");
        row("overlap", two("[0,8]", "[4,12]", 12),
            "tensor \"b\" begins at byte 4 of the data where 8 is due (overlap)");
        row("same place twice", two("[0,8]", "[0,8]", 8), "overlap");
        row("hole between", two("[0,8]", "[12,20]", 20), "(hole)");
        row("hole before", fileBytes(one("F32", "[1]", "[4,8]"), data.substr(0, 8)), "(hole)");
        row("truncated data", fileBytes(one("F32", "[4]", "[0,16]"), data.substr(0, 15)), "truncated");
        row("trailing bytes", fileBytes(one("F32", "[4]", "[0,16]"), data.substr(0, 17)), "trailing bytes");
        row("no tensors but data", fileBytes("{}", "x"), "trailing bytes");
        row("ends before it begins", fileBytes(one("U8", "[4]", "[4,0]"), data.substr(0, 4)), "ends before it begins");
        row("size does not fit", fileBytes(one("F32", "[3]", "[0,16]"), data.substr(0, 16)), "needs 12 bytes");
        row("size overflows", fileBytes(one("F32", "[4294967296,4294967296]", "[0,0]")), "overflows");
        row("size overflows by dtype", fileBytes(one("F64", "[2305843009213693952]", "[0,0]")), "overflows");
        row("zero does not hide overflow", fileBytes(one("U8", "[4611686018427387904,8,0]", "[0,0]")), "overflows");
        row("dimension of 2^64", fileBytes(one("U8", "[18446744073709551616]", "[0,0]")), "shape");
        row("negative dimension", fileBytes(one("U8", "[-1]", "[0,0]")), "shape");
        row("fractional dimension", fileBytes(one("U8", "[1.0]", "[0,1]"), "x"), "shape");
        row("dimension as text", fileBytes(one("U8", "[\"1\"]", "[0,1]"), "x"), "shape");
        row("shape is no list", fileBytes(one("U8", "1", "[0,1]"), "x"), "shape");
        row("fractional offset", fileBytes(one("U8", "[1]", "[0,1.5]"), "x"), "data_offsets");
        row("three offsets", fileBytes(one("U8", "[1]", "[0,1,1]"), "x"), "exactly two");
        row("unknown dtype", fileBytes(one("Q4", "[2]", "[0,1]"), "x"), "unknown dtype \"Q4\"");
        row("unreadable dtype", fileBytes(one("F4", "[2]", "[0,1]"), "x"), "convert the file");
        row("dtype is no text", fileBytes(R"({"a":{"dtype":1,"shape":[],"data_offsets":[0,1]}})", "x"), "dtype");
        row("no dtype", fileBytes(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", "x"), "lacks the field \"dtype\"");
        row("no shape", fileBytes(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", "x"), "lacks the field \"shape\"");
        row("no offsets", fileBytes(R"({"a":{"dtype":"U8","shape":[1]}})", "x"), "lacks the field \"data_offsets\"");
        row("entry is no object", fileBytes(R"({"a":[]})"), "not described by an object");
        row("metadata number", fileBytes(R"({"__metadata__":{"step":1}})"), "under \"step\"");
        row("metadata object", fileBytes(R"({"__metadata__":{"x":{}}})"), "under \"x\"");
        row("metadata is text", fileBytes(R"({"__metadata__":"pt"})"), "__metadata__ is not an object");
    }

    void damagedFilesAreRefusedWithFileAndPlace() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, place);
        const fs::path path = folder() / "bad.safetensors";
        put(path, bytes.toStdString());
        const std::string message = failureOf(ErrorKind::BadInput, [&] { SafetensorsFile::open(path); });
        QVERIFY2(contains(message, path.string()) && contains(message, place.toStdString()) && contains(message, ";"),
                 message.c_str());
    }

    void unusualButCorrectFilesAreRead_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("tensors");
        const auto row = [](const char* name, const std::string& bytes, int tensors) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << tensors;
        };
        row("no tensors", fileBytes("{}"), 0);
        row("padded header", fileBytes("{}      "), 0);
        row("unpadded header", fileBytes(one("U8", "[1]", "[0,1]"), "x"), 1);
        row("scalar", fileBytes(one("F32", "[]", "[0,4]"), "1234"), 1);
        row("no elements", fileBytes(one("F32", "[0,7]", "[0,0]")), 1);
        row("float8", fileBytes(one("F8_E4M3", "[2]", "[0,2]"), "12"), 1);
        row("extra field", fileBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":{"x":[1]}}})", "x"),
            1);
        row("order of JSON is not order of data",
            fileBytes("{" + entry("a", "U8", "[1]", "[1,2]") + "," + entry("b", "U8", "[1]", "[0,1]") + "}", "ba"), 2);
        row("empty between others",
            fileBytes("{" + entry("a", "U8", "[1]", "[0,1]") + "," + entry("b", "U8", "[0]", "[1,1]") + "," +
                          entry("c", "U8", "[1]", "[1,2]") + "}",
                      "ac"),
            3);
        row("text metadata", fileBytes(R"({"__metadata__":{"format":"pt"}})"), 0);
    }

    void unusualButCorrectFilesAreRead() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, tensors);
        put(folder() / "good.safetensors", bytes.toStdString());
        const SafetensorsFile file = SafetensorsFile::open(folder() / "good.safetensors");
        QCOMPARE(static_cast<int>(file.entries().size()), tensors);
        for (const ldm::TensorEntry& each : file.entries()) {
            QCOMPARE(file.find(each.name), &each);
            QCOMPARE(file.bytes(each).size(), static_cast<std::size_t>(each.elements()) * ldm::sizeOf(each.dtype));
        }
        QVERIFY(!file.find("absent"));
    }

    void whatIsNoFileIsRefused() {
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { SafetensorsFile::open(folder()); }), "is not a file"));
        QCOMPARE(::mkfifo((folder() / "pipe").c_str(), 0600), 0);
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { SafetensorsFile::open(folder() / "pipe"); }),
                         "is not a file"));
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { SafetensorsFile::open(folder() / "missing"); }),
                         "cannot be opened"));
    }

    void theWriterOrdersByRankAndNameAndPads() {
        const fs::path path = folder() / "w.safetensors";
        const std::string eight(8, '\1');
        const std::string single(1, '\2');
        ldm::writeSafetensors(path,
                              {{"b", DType::U8, {1}, bytesOf(single)},
                               {"z", DType::F32, {2}, bytesOf(eight)},
                               {"a", DType::U8, {}, bytesOf(single)},
                               {"h", DType::F16, {2, 2}, bytesOf(eight)}},
                              {{"made_by", "a \"test\""}});
        const std::string header = "{\"__metadata__\":{\"format\":\"pt\",\"made_by\":\"a \\\"test\\\"\"}," +
                                   entry("z", "F32", "[2]", "[0,8]") + "," + entry("h", "F16", "[2,2]", "[8,16]") +
                                   "," + entry("a", "U8", "[]", "[16,17]") + "," + entry("b", "U8", "[1]", "[17,18]") +
                                   "}";
        const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
        QCOMPARE(contentOf(path), fileBytes(padded, eight + eight + single + single));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"w.safetensors"});
    }

    void whatIsWrittenIsReadBackEqual() {
        const fs::path path = folder() / "r.safetensors";
        std::string values(24, '\0');
        std::iota(values.begin(), values.end(), '\0');
        ldm::writeSafetensors(
            path, {{"caf\xC3\xA9.weight", DType::BF16, {3, 4}, bytesOf(values)}, {"none", DType::I64, {0}, {}}},
            {{"k", "v"}});
        const SafetensorsFile file = SafetensorsFile::open(path);
        QCOMPARE(file.metadata(), (std::map<std::string, std::string>{{"format", "pt"}, {"k", "v"}}));
        const ldm::TensorEntry* entry = file.find("caf\xC3\xA9.weight");
        QVERIFY(entry);
        QCOMPARE(entry->shape, (std::vector<std::int64_t>{3, 4}));
        QCOMPARE(std::memcmp(file.bytes(*entry).data(), values.data(), values.size()), 0);
    }

    void unfitTensorsAreNotWritten_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("bytes");
        QTest::newRow("empty name") << "" << 4;
        QTest::newRow("reserved name") << "__metadata__" << 4;
        QTest::newRow("wrong size") << "x" << 5;
        QTest::newRow("name twice") << "first" << 4;
    }

    void unfitTensorsAreNotWritten() {
        QFETCH(QString, name);
        QFETCH(int, bytes);
        const std::string data(static_cast<std::size_t>(bytes), 'x');
        const std::string four(4, 'x');
        const auto write = [&] {
            ldm::writeSafetensors(folder() / "w.safetensors", {{"first", DType::F32, {1}, bytesOf(four)},
                                                               {name.toStdString(), DType::F32, {1}, bytesOf(data)}});
        };
        QVERIFY(contains(failureOf(ErrorKind::WriteFailed, write), "tensor \"" + name.toStdString() + "\""));
        QVERIFY(namesIn(folder()).empty());
    }

    void aFullDiskLeavesTheOldFileAndNoOther() {
        const fs::path path = folder() / "w.safetensors";
        put(path, "old");
        const std::string data(1 << 20, 'x');
        std::string message;
        {
            const support::FileSizeLimit limit(1 << 16);
            message = failureOf(ErrorKind::WriteFailed, [&] {
                ldm::writeSafetensors(path, {{"a", DType::U8, {1 << 20}, bytesOf(data)}});
            });
        }
        QVERIFY2(contains(message, path.string() + " could not be written") && contains(message, "free some space"),
                 message.c_str());
        QCOMPARE(contentOf(path), std::string("old"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"w.safetensors"});
    }

    void aMappedFileMayBeReplacedByItsOwnData() {
        const fs::path path = folder() / "w.safetensors";
        const std::string data = "12345678";
        ldm::writeSafetensors(path, {{"a", DType::F32, {2}, bytesOf(data)}});
        const SafetensorsFile before = SafetensorsFile::open(path);
        ldm::writeSafetensors(path, {{"b", DType::F32, {2}, before.bytes(*before.find("a"))}});
        const SafetensorsFile after = SafetensorsFile::open(path);
        QCOMPARE(std::memcmp(after.bytes(*after.find("b")).data(), data.data(), 8), 0);
        QCOMPARE(std::memcmp(before.bytes(*before.find("a")).data(), data.data(), 8), 0);
    }

    void viewsShareTheMappingAndOutliveTheFileObject() {
        const std::array<float, 3> values{1.5f, -2.0f, 3.25f};
        const fs::path path = folder() / "w.safetensors";
        ldm::writeSafetensors(path, {{"a", DType::F32, {3}, std::as_bytes(std::span(values))}});
        at::Tensor tensor;
        const void* mapped = nullptr;
        {
            const SafetensorsFile file = SafetensorsFile::open(path);
            tensor = ldm::view(file, *file.find("a"));
            mapped = file.bytes(*file.find("a")).data();
        }
        QCOMPARE(tensor.data_ptr(), mapped);
        QVERIFY(tensor.equal(at::tensor({1.5f, -2.0f, 3.25f})));
    }

    void unalignedDataIsReadCorrectly() {
        const float value = 1.25f;
        std::string header = one("F32", "[1]", "[0,4]");
        header.append((9 - header.size() % 8) % 8, ' '); // data starts one byte after a multiple of 8
        put(folder() / "u.safetensors", fileBytes(header, {reinterpret_cast<const char*>(&value), 4}));
        const SafetensorsFile file = SafetensorsFile::open(folder() / "u.safetensors");
        QVERIFY(ldm::view(file, *file.find("a")).equal(at::tensor({1.25f})));
    }

    void typesThatAtenLacksAreRefusedOnUse() {
        put(folder() / "f8.safetensors", fileBytes(one("F8_E4M3", "[2]", "[0,2]"), "12"));
        const SafetensorsFile file = SafetensorsFile::open(folder() / "f8.safetensors");
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { ldm::view(file, *file.find("a")); }), "F8_E4M3"));
        QCOMPARE(ldm::fromScalarType(ldm::toScalarType(DType::BF16)), DType::BF16);
    }

    void missingAndSurplusTensorsAreReportedTogether() {
        const std::string four(4, '\0');
        const fs::path path = folder() / "unet.safetensors";
        ldm::writeSafetensors(path, {{"used", DType::F32, {1}, bytesOf(four)},
                                     {"left", DType::F32, {1}, bytesOf(four)},
                                     {"embeddings.position_ids", DType::I32, {1}, bytesOf(four)}});
        ldm::WeightSource source("unet", SafetensorsFile::open(path));
        QVERIFY(source.has("used") && !source.has("gone.11"));
        QVERIFY(source.take("used", {1}).defined());
        for (int i = 0; i < 12; ++i) QVERIFY(!source.take("gone." + std::to_string(i), {1}).defined());
        const std::string message = failureOf(ErrorKind::BadInput, [&] { source.finish(); });
        for (const char* part :
             {"unet.safetensors", "lacks 12 tensors", "\"gone.9\", ...", "holds 1 tensor (\"left\")", "config.json"})
            QVERIFY2(contains(message, part), message.c_str());
        QVERIFY(!contains(message, "gone.10") && !contains(message, "position_ids"));
    }

    void aWrongShapeIsReportedWithBothShapes() {
        const std::string data(24, '\0');
        ldm::writeSafetensors(folder() / "s.safetensors", {{"w", DType::F32, {2, 3}, bytesOf(data)}});
        ldm::WeightSource source("vae", SafetensorsFile::open(folder() / "s.safetensors"));
        const std::string message = failureOf(ErrorKind::BadInput, [&] { source.take("w", {3, 2}); });
        QVERIFY2(contains(message, "\"w\" has shape [2, 3]") && contains(message, "[3, 2]"), message.c_str());
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(SafetensorsTest)
#include "tst_safetensors.moc"
