#include "ldm/failures.h"
#include "quant/onnxgraphs.h"
#include "support/testmain.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <functional>

using quant::onnx::Model;
using quant::onnx::readModel;
using support::contains;
using support::failureOf;

namespace {

namespace fs = std::filesystem;

/// Every kind of attribute, type and shape.
Model sampleModel() {
    Model model = support::modelFromXToY({2, 300});
    model.metadata = {{"key", "value"}, {"other", "{\"a\": 1}"}};
    model.graph.values = {{"sum", quant::onnx::ElementType::Float, {2, 300}}};
    model.graph.initializers = {support::constantOf("large", at::arange(600, at::kFloat).view({2, 300})),
                                support::constantOf("larger", at::arange(900, at::kLong)),
                                support::constantOf("scalar", at::scalar_tensor(2.5, at::kFloat)),
                                support::constantOf("bytes", at::arange(5, at::kChar)),
                                support::constantOf("nothing", at::empty({0, 4}))};
    model.graph.nodes = {{"Add", "first", {"x", "large"}, {"sum"}},
                         {"Custom",
                          "second",
                          {"sum", "", "scalar", "larger", "bytes", "nothing"},
                          {"y"},
                          {{"integer", std::int64_t{-3}},
                           {"number", 0.25F},
                           {"text", std::string("nearest")},
                           {"integers", std::vector<std::int64_t>{1, -1}},
                           {"numbers", std::vector<float>{1.5F, 2.5F}}}}};
    return model;
}

bool sameValues(const std::vector<quant::onnx::Value>& a, const std::vector<quant::onnx::Value>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
        return one.name == other.name && one.type == other.type && one.shape == other.shape;
    });
}

bool sameNodes(const std::vector<quant::onnx::Node>& a, const std::vector<quant::onnx::Node>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
        return one.op == other.op && one.name == other.name && one.inputs == other.inputs &&
               one.outputs == other.outputs && one.attributes == other.attributes;
    });
}

bool sameConstants(const Model& a, const Model& b) {
    const auto &ours = a.graph.initializers, &theirs = b.graph.initializers;
    return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), [](const auto& one, const auto& other) {
        return one.name == other.name && one.shape == other.shape &&
               at::equal(quant::onnx::tensorOf(one), quant::onnx::tensorOf(other));
    });
}

std::string replaced(std::string bytes, const std::string& what, const std::string& by) {
    const std::size_t at = bytes.find(what);
    return at == std::string::npos ? std::string() : bytes.replace(at, what.size(), by);
}

} // namespace

class OnnxFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = fs::path(m_folder->path().toStdString()) / "model.onnx";
        m_dataPath = m_path.string() + "_data";
    }

    void whatIsWrittenIsReadBack() {
        for (const std::uint64_t limit : {quant::onnx::kMostInlineBytes, std::uint64_t{100}}) {
            fs::remove(m_path);
            const Model written = sampleModel();
            quant::onnx::writeModel(m_path, written, limit);
            QCOMPARE(fs::exists(m_dataPath), limit == 100);
            const Model read = readModel(m_path);
            QVERIFY(read.metadata == written.metadata);
            QCOMPARE(read.graph.name, written.graph.name);
            QVERIFY(sameValues(read.graph.inputs, written.graph.inputs));
            QVERIFY(sameValues(read.graph.outputs, written.graph.outputs));
            QVERIFY(sameValues(read.graph.values, written.graph.values));
            QVERIFY(sameNodes(read.graph.nodes, written.graph.nodes));
            QVERIFY(sameConstants(read, written));
        }
    }

    void largeConstantsLieBesideTheModelAtPages() {
        quant::onnx::writeModel(m_path, sampleModel(), 100);
        QCOMPARE(fs::file_size(m_dataPath), std::uintmax_t{4096 + 900 * 8});
        const std::string data = support::contentOf(m_dataPath);
        std::int64_t second = 0;
        std::memcpy(&second, data.data() + 4096 + sizeof second, sizeof second);
        QCOMPARE(second, std::int64_t{1});
    }

    void whatWasReadSurvivesItsReader() {
        quant::onnx::writeModel(m_path, sampleModel(), 100);
        const at::Tensor large = quant::onnx::tensorOf(readModel(m_path).graph.initializers.front());
        fs::remove(m_path);
        fs::remove(m_dataPath);
        QCOMPARE(large.sum().item<double>(), 600 * 599 / 2.0);
    }

    void anExistingFileIsNotOverwritten() {
        support::put(m_path, "precious");
        const std::string refusal =
            failureOf(ldm::ErrorKind::WriteFailed, [&] { quant::onnx::writeModel(m_path, sampleModel()); });
        QVERIFY2(contains(refusal, "model.onnx"), refusal.c_str());
        QCOMPARE(support::contentOf(m_path), std::string("precious"));
    }

    void aConstantOfTheWrongSizeIsNotWritten() {
        Model model = sampleModel();
        model.graph.initializers.front().shape = {2, 301};
        const std::string refusal =
            failureOf(ldm::ErrorKind::WriteFailed, [&] { quant::onnx::writeModel(m_path, model); });
        QVERIFY2(contains(refusal, "\"large\""), refusal.c_str());
    }

    void graphsThatContradictThemselvesAreRefused_data() {
        QTest::addColumn<std::function<void(Model&)>>("damage");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* name, const char* named, std::function<void(Model&)> damage) {
            QTest::newRow(name) << std::move(damage) << QString(named);
        };
        row("read too early", "\"sum\"", [](Model& model) { std::swap(model.graph.nodes[0], model.graph.nodes[1]); });
        row("read from nowhere", "\"z\"", [](Model& model) { model.graph.nodes[0].inputs[0] = "z"; });
        row("value twice", "\"x\"", [](Model& model) { model.graph.nodes[0].outputs = {"sum", "x"}; });
        row("constant twice", "\"large\"",
            [](Model& model) { model.graph.initializers.push_back(model.graph.initializers.front()); });
        row("node twice", "\"second\"", [](Model& model) { model.graph.nodes[0].name = "second"; });
        row("node without name", "Add", [](Model& model) { model.graph.nodes[0].name.clear(); });
        row("node without output", "\"second\"", [](Model& model) { model.graph.nodes[1].outputs.clear(); });
        row("unnamed value", "no name", [](Model& model) { model.graph.inputs[0].name.clear(); });
        row("output from nowhere", "\"z\"", [](Model& model) { model.graph.outputs[0].name = "z"; });
        row("output twice", "\"y\"", [](Model& model) { model.graph.outputs.push_back(model.graph.outputs[0]); });
        row("type of nothing", "\"z\"", [](Model& model) { model.graph.values[0].name = "z"; });
    }
    void graphsThatContradictThemselvesAreRefused() {
        QFETCH(std::function<void(Model&)>, damage);
        QFETCH(QString, named);
        Model model = sampleModel();
        damage(model);
        const std::string refusal =
            failureOf(ldm::ErrorKind::BadInput, [&] { quant::onnx::checkModel(model, "some.onnx"); });
        QVERIFY2(contains(refusal, "some.onnx") && contains(refusal, named.toStdString()), refusal.c_str());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::onnx::writeModel(m_path, model); }).empty());
    }

    void damagedFilesAreRefusedByName_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("by");
        QTest::addColumn<QString>("named");
        QTest::newRow("outside the folder") << "model.onnx_data"
                                            << "../el.onnx_data"
                                            << "no file beside the model";
        QTest::newRow("absolute") << "model.onnx_data"
                                  << "/etc/.onnx_data"
                                  << "no file beside the model";
        QTest::newRow("missing") << "model.onnx_data"
                                 << "other.onnx_data"
                                 << "other.onnx_data";
        QTest::newRow("beyond the end") << "4096"
                                        << "9999"
                                        << "beyond the end";
        QTest::newRow("no number") << "4096"
                                   << "40x6"
                                   << "offset";
        QTest::newRow("negative") << "4096"
                                  << "-096"
                                  << "offset";
        QTest::newRow("other length") << "2400"
                                      << "2396"
                                      << "does not fit its bytes";
        QTest::newRow("unknown entry") << "length"
                                       << "lengTh"
                                       << "length";
        QTest::newRow("IR version") << QString::fromLatin1("\x08\x08\x12", 3) << QString::fromLatin1("\x08\x09\x12", 3)
                                    << "IR version 9";
        QTest::newRow("operators") << QString::fromLatin1("\x10\x11", 2) << QString::fromLatin1("\x10\x12", 2)
                                   << "opset 17";
    }
    void damagedFilesAreRefusedByName() {
        QFETCH(QString, what);
        QFETCH(QString, by);
        QFETCH(QString, named);
        quant::onnx::writeModel(m_path, sampleModel(), 100);
        const std::string bytes =
            replaced(support::contentOf(m_path), what.toLatin1().toStdString(), by.toLatin1().toStdString());
        QVERIFY(!bytes.empty());
        support::put(m_path, bytes);
        const std::string refusal = failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); });
        QVERIFY2(contains(refusal, named.toStdString()), refusal.c_str());
        QVERIFY2(contains(refusal, m_folder->path().toStdString()), refusal.c_str());
    }

    void aDataFileThatIsTooShortIsRefused() {
        quant::onnx::writeModel(m_path, sampleModel(), 100);
        fs::resize_file(m_dataPath, 5000);
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); }), "\"larger\""));
        fs::resize_file(m_dataPath, 0);
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); }), "empty"));
    }

    void everyShortenedFileIsRefused() {
        quant::onnx::writeModel(m_path, sampleModel());
        const std::string bytes = support::contentOf(m_path);
        for (std::size_t length = 0; length < bytes.size(); length += length < 700 ? 1 : 97) {
            support::put(m_path, std::string_view(bytes).substr(0, length));
            QVERIFY2(!failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); }).empty(),
                     qPrintable(QString::number(length)));
        }
    }

    /// Whatever a changed byte makes of a file, it is a model or an ldm::Error.
    void noChangedByteGetsPastTheReaderUnchecked() {
        quant::onnx::writeModel(m_path, sampleModel(), 100);
        const std::string bytes = support::contentOf(m_path);
        int refused = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ (i % 3 == 0 ? 0x80 : 0x01));
            support::put(m_path, changed);
            if (!failureOf(ldm::ErrorKind::BadInput, [&] {
                     for (const auto& constant : readModel(m_path).graph.initializers)
                         quant::onnx::tensorOf(constant).sum();
                 }).empty())
                ++refused;
        }
        QVERIFY(refused > static_cast<int>(bytes.size() / 3));
    }

    void whatIsNoModelIsRefused() {
        support::put(m_path, "");
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); }), "0 bytes"));
        support::put(m_path, "This is a letter, not a model.");
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path); }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path.parent_path()); }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [&] { readModel(m_path / "none"); }).empty());
    }

    void sizesAreCountedWithoutOverflow() {
        QCOMPARE(quant::onnx::elements({}), std::uint64_t{1});
        QCOMPARE(quant::onnx::elements({3, 0, 5}), std::uint64_t{0});
        constexpr std::int64_t kLarge = std::int64_t{1} << 40;
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [] { quant::onnx::elements({kLarge, kLarge}); }).empty());
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [] { quant::onnx::elements({2, -1}); }).empty());
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
    fs::path m_dataPath;
};

NOISEFLOOR_TEST(OnnxFileTest)
#include "tst_onnxfile.moc"
