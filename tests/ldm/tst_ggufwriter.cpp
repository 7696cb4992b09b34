#include "failures.h"
#include "filesizelimit.h"
#include "support/ggufwriter.h"
#include "support/testmain.h"

#include <ldm/gguf.h>
#include <ldm/ggufwriter.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

using ldm::ErrorKind;
using ldm::GgufFile;
using ldm::GgufTensorToWrite;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;
using support::put;

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kF16 = 1;
constexpr std::uint32_t kQ8 = 8;
constexpr std::uint32_t kQ4K = 12;

ldm::OwnedBytes owned(std::string data) {
    auto owner = std::make_shared<const std::string>(std::move(data));
    return {std::as_bytes(std::span(owner->data(), owner->size())), owner};
}

GgufTensorToWrite tensor(const std::string& name, std::uint32_t type, std::vector<std::int64_t> shape,
                         const std::string& data) {
    return {name, type, std::move(shape), [data] { return owned(data); }};
}

} // namespace

class GgufWriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void theFileIsLaidOutAsTheFormatSays() {
        const std::string block = std::string(34, '\3');
        ldm::writeGguf(path(),
                       {tensor("conv", kF16, {2, 3, 1, 5}, std::string(60, '\1')),
                        tensor("linear", kQ8, {2, 32}, block + block), tensor("bias", kF32, {1}, support::ones(1))},
                       {{"general.file_type", 7U}, {"general.name", "Grün"}});
        support::GgufParts expected;
        expected.pairs = {{"general.file_type", 4, support::bytesOf<std::uint32_t>(7)},
                          {"general.name", 8, support::ggufText("Grün")}};
        expected.tensors = {{"conv", {5, 1, 3, 2}, kF16, std::string(60, '\1'), {}},
                            {"linear", {32, 2}, kQ8, block + block, {}},
                            {"bias", {1}, kF32, support::ones(1), {}}};
        QVERIFY(contentOf(path()) == expected.bytes());
        QCOMPARE(namesIn(folder()), std::set<std::string>{"w.gguf"});
    }

    void ourReaderFindsWhatWasWritten() {
        ldm::writeGguf(path(), {tensor("t", kF32, {2, 3}, support::ones(6))}, {{"a", "text"}, {"n", 4000000000U}});
        const GgufFile file = GgufFile::open(path());
        QCOMPARE(*file.text("a"), std::string("text"));
        QVERIFY(file.metadata().at("n") == ldm::GgufValue(ldm::GgufScalar(std::uint64_t{4000000000})));
        QVERIFY(at::equal(file.tensors().find("t")->values(), at::ones({2, 3})));
    }

    void tensorsAreMadeOneAfterTheOther() {
        std::vector<std::string> events;
        const auto make = [&](const std::string& name) {
            return [&events, name] {
                events.push_back("make " + name);
                auto owner = std::shared_ptr<std::string>(new std::string(support::ones(1)),
                                                          [&events, name](const std::string* data) {
                                                              events.push_back("drop " + name);
                                                              delete data;
                                                          });
                return ldm::OwnedBytes{std::as_bytes(std::span(owner->data(), owner->size())), owner};
            };
        };
        ldm::writeGguf(path(), {{"a", kF32, {1}, make("a")}, {"b", kF32, {1}, make("b")}}, {});
        QVERIFY((events == std::vector<std::string>{"make a", "drop a", "make b", "drop b"}));
    }

    void tensorsBeyondFourGibibytesHaveTheirOffsets() {
        constexpr std::int64_t kRows = (std::int64_t{5} << 30) / 4;
        const std::vector<GgufTensorToWrite> tensors{{"large", kF32, {kRows, 1}, {}}, {"behind", kF32, {1}, {}}};
        const std::string header = ldm::ggufHeader(path(), tensors, {});
        put(path(), header);
        fs::resize_file(path(), header.size() + 4 * kRows + 32); // with holes: takes no room
        const GgufFile file = GgufFile::open(path());
        QCOMPARE(file.entries().front().bytes, static_cast<std::uint64_t>(4 * kRows));
        QCOMPARE(file.entries().back().offset, static_cast<std::uint64_t>(4 * kRows));
    }

    void unfitTensorsAreNotWritten_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<unsigned>("type");
        QTest::addColumn<QList<qint64>>("shape");
        QTest::addColumn<QString>("fault");
        const auto row = [](const char* what, const QString& name, unsigned type, const QList<qint64>& shape,
                            const char* fault) { QTest::newRow(what) << name << type << shape << fault; };
        const QList<qint64> one{1};
        row("empty name", "", kF32, one, "printable ASCII");
        row("not ASCII", QString::fromUtf8("Grün"), kF32, one, "printable ASCII");
        row("blank in name", "a b", kF32, one, "printable ASCII");
        row("name too long", QString(128, 'x'), kF32, one, "128 bytes");
        row("name twice", "first", kF32, one, "is given twice");
        row("no dimensions", "x", kF32, {}, "0 dimensions");
        row("five dimensions", "x", kF32, {1, 1, 1, 1, 1}, "5 dimensions");
        row("dimension of zero", "x", kF32, {1, 0}, "of at least 1");
        row("negative dimension", "x", kF32, {-1}, "of at least 1");
        row("rows that do not divide", "x", kQ4K, {256, 320}, "rows of 320");
        row("unknown type", "x", 99, one, "type 99");
        row("type of no file", "x", 15, one, "type 15");
        row("too many values", "x", kF32, {qint64{1} << 62, 4}, "overflows");
        row("too many bytes", "x", kF32, {qint64{1} << 62, 1}, "overflows");
        row("data of another size", "x", kF32, {2}, "does not fit its shape");
    }

    void unfitTensorsAreNotWritten() {
        QFETCH(QString, name);
        QFETCH(unsigned, type);
        QFETCH(QList<qint64>, shape);
        QFETCH(QString, fault);
        const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
        const std::string said = failureOf(ErrorKind::WriteFailed, [&] {
            ldm::writeGguf(path(),
                           {tensor("first", kF32, {1}, support::ones(1)),
                            tensor(name.toStdString(), type, sizes, support::ones(1))},
                           {});
        });
        QVERIFY2(contains(said, "tensor ") && contains(said, fault.toStdString()) && contains(said, path().string()),
                 said.c_str());
        QVERIFY(namesIn(folder()).empty());
    }

    void theLongestNameIsWritten() {
        const std::string name(127, 'x');
        ldm::writeGguf(path(), {tensor(name, kF32, {1}, support::ones(1))}, {});
        QCOMPARE(GgufFile::open(path()).entries().front().name, name);
    }

    void unfitMetadataAreNotWritten_data() {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty key") << QByteArray("") << QByteArray("x");
        QTest::newRow("key not ASCII") << QByteArray("Gr\xC3\xBCn") << QByteArray("x");
        QTest::newRow("key too long") << QByteArray(65536, 'k') << QByteArray("x");
        QTest::newRow("the writer's own key") << QByteArray("general.alignment") << QByteArray("x");
        QTest::newRow("text not UTF-8") << QByteArray("k") << QByteArray("\xFF");
        QTest::newRow("text with a zero byte") << QByteArray("k") << QByteArray("a\0b", 3);
    }

    void unfitMetadataAreNotWritten() {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, text);
        const std::string said = failureOf(ErrorKind::WriteFailed, [&] {
            ldm::writeGguf(path(), {}, {{key.toStdString(), text.toStdString()}});
        });
        QVERIFY2(contains(said, "metadata "), said.c_str());
        QVERIFY(namesIn(folder()).empty());
    }

    void aFullDiskLeavesTheOldFileAndNoOther() {
        put(path(), "old");
        std::string said;
        {
            const support::FileSizeLimit limit(1 << 16);
            said = failureOf(ErrorKind::WriteFailed, [&] {
                ldm::writeGguf(path(), {tensor("a", kF32, {1 << 18}, support::ones(1 << 18))}, {});
            });
        }
        QVERIFY2(contains(said, path().string() + " could not be written") && contains(said, "free some space"),
                 said.c_str());
        QCOMPARE(contentOf(path()), std::string("old"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"w.gguf"});
    }

    void aTensorThatCannotBeMadeLeavesNothing() {
        const auto fails = []() -> ldm::OwnedBytes { throw ldm::badInput("no values; fetch the file again."); };
        QVERIFY(contains(
            failureOf(
                ErrorKind::BadInput,
                [&] {
                    ldm::writeGguf(path(), {tensor("a", kF32, {1}, support::ones(1)), {"b", kF32, {1}, fails}}, {});
                }),
            "no values"));
        QVERIFY(namesIn(folder()).empty());
    }

    void aPlaceThatCannotBeWrittenToIsNamed() {
        const fs::path absent = folder() / "absent" / "w.gguf";
        const std::string said = failureOf(ErrorKind::WriteFailed, [&] { ldm::writeGguf(absent, {}, {}); });
        QVERIFY2(contains(said, absent.string()), said.c_str());
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }
    fs::path path() const { return folder() / "w.gguf"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(GgufWriterTest)
#include "tst_ggufwriter.moc"
