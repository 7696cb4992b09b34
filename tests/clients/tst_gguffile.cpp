#include "clients/ggmllibrary.h"
#include "support/familymodels.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <ldm/gguf.h>

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using quant::WeightFormat;
using support::GgmlLibrary;

namespace fs = std::filesystem;

namespace {

/// Every block type somewhere.
quant::Recipe recipe() {
    quant::Recipe mixed;
    mixed.base = {WeightFormat::Q8_0, quant::ActivationFormat::Fp32};
    const auto rule = [&](const char* match, WeightFormat format) {
        mixed.rules.push_back({match, format, {}, {}, ""});
    };
    rule("**.attn1.to_q", WeightFormat::Q4_0);
    rule("**.attn1.to_k", WeightFormat::Q4_1);
    rule("**.attn1.to_v", WeightFormat::Q5_0);
    rule("**.attn2.to_q", WeightFormat::Q5_1);
    rule("**.attn2.to_k", WeightFormat::Int8);
    rule("**.attn2.to_v", WeightFormat::Int4G32);
    rule("**.ff.net.2", WeightFormat::Q6_K);
    rule("unet.down_blocks.**.time_emb_proj", WeightFormat::Q5_K);
    rule("unet.up_blocks.**.time_emb_proj", WeightFormat::Q4_K);
    rule("unet.time_embedding.linear_1", WeightFormat::Bf16);
    return mixed;
}

std::vector<std::int64_t> withoutOnes(std::vector<std::int64_t> shape) {
    while (shape.size() > 1 && shape.front() == 1) shape.erase(shape.begin());
    return shape;
}

/// A number or text of our reader as JSON shows it; whole numbers of every width alike.
QString asText(const ldm::GgufValue& value) {
    const auto& scalar = std::get<ldm::GgufScalar>(value);
    if (const auto* number = std::get_if<std::uint64_t>(&scalar)) return QString::number(*number);
    return QString::fromStdString(std::get<std::string>(scalar));
}

} // namespace

/// Files that we write, read by ggml's own library and by Hugging Face's parser.
class GgufFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        if (const QString why = whyMissing(); !why.isEmpty()) QSKIP(qPrintable(why));
        m_library = std::make_unique<GgmlLibrary>();
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        write(model, "unet.gguf", {true, false});
        write(model, "prefixed.gguf", {true, true});
        write(model, "full.gguf", {false, false});
        const ldm::Checkpoint sdxl = support::familyModel(support::ModelFamily::Sdxl);
        support::writeTensors(path("sdxl.safetensors"), support::inOriginalLayout(sdxl));
        write(ldm::Model::open(path("sdxl.safetensors").string()), "sdxl.gguf", {true, false});
    }

    void ggmlOpensTheUnetAlone_data() { addFiles({"unet.gguf", "sdxl.gguf"}); }

    void ggmlOpensTheUnetAlone() {
        QFETCH(QString, file);
        const auto theirs = m_library->open(path(file.toStdString()));
        QVERIFY(theirs);
        const ldm::GgufFile ours = ldm::GgufFile::open(path(file.toStdString()));
        QCOMPARE(theirs->dataStart, ours.header().size());
        QCOMPARE(theirs->metadata.size(), ours.metadata().size());
        for (const auto& [key, value] : theirs->metadata) {
            if (const auto* text = std::get_if<std::string>(&value))
                QCOMPARE(*ours.text(key), *text);
            else
                QCOMPARE(asText(ours.metadata().at(key)), QString::number(std::get<std::uint32_t>(value)));
        }
        QCOMPARE(theirs->tensors.size(), ours.entries().size());
        for (std::size_t i = 0; i < theirs->tensors.size(); ++i) {
            const ldm::GgufTensor& tensor = ours.entries()[i];
            QCOMPARE(theirs->tensors[i].name, tensor.name);
            QCOMPARE(theirs->tensors[i].type, tensor.type);
            QCOMPARE(theirs->tensors[i].shape, withoutOnes(tensor.shape));
            QCOMPARE(theirs->tensors[i].offset, tensor.offset);
            QCOMPARE(theirs->tensors[i].bytes, tensor.bytes);
        }
    }

    /// Names of more than 63 bytes are for programs that are built for them.
    void ggmlsOwnToolsRefuseLongNames() {
        QVERIFY(!m_library->open(path("prefixed.gguf")));
        QVERIFY(!m_library->open(path("full.gguf")));
    }

    void ggmlFindsEveryRowValid_data() { addFiles({"unet.gguf", "prefixed.gguf", "full.gguf", "sdxl.gguf"}); }

    void ggmlFindsEveryRowValid() {
        QFETCH(QString, file);
        const ldm::GgufFile ours = ldm::GgufFile::open(path(file.toStdString()));
        for (const ldm::GgufTensor& tensor : ours.entries())
            QVERIFY2(m_library->isValid(tensor.type, ours.data().subspan(tensor.offset, tensor.bytes)),
                     tensor.name.c_str());
    }

    void huggingFaceReadsTheSame_data() { addFiles({"unet.gguf", "prefixed.gguf", "full.gguf", "sdxl.gguf"}); }

    void huggingFaceReadsTheSame() {
        QFETCH(QString, file);
        const QJsonObject theirs = parsed(file);
        const ldm::GgufFile ours = ldm::GgufFile::open(path(file.toStdString()));
        QCOMPARE(theirs[QLatin1String("dataStart")].toVariant().toULongLong(), ours.header().size());
        const QJsonObject metadata = theirs[QLatin1String("metadata")].toObject();
        for (const auto& [key, value] : ours.metadata())
            QCOMPARE(metadata[QString::fromStdString(key)].toVariant().toString(), asText(value));
        const QJsonArray tensors = theirs[QLatin1String("tensors")].toArray();
        QCOMPARE(tensors.size(), static_cast<qsizetype>(ours.entries().size()));
        for (qsizetype i = 0; i < tensors.size(); ++i) {
            const QJsonObject tensor = tensors[i].toObject();
            const ldm::GgufTensor& expected = ours.entries()[static_cast<std::size_t>(i)];
            QCOMPARE(tensor[QLatin1String("name")].toString().toStdString(), expected.name);
            QCOMPARE(tensor[QLatin1String("dtype")].toInt(), static_cast<int>(expected.type));
            QCOMPARE(tensor[QLatin1String("offset")].toString().toULongLong(), expected.offset);
            std::vector<std::int64_t> shape;
            const QJsonArray sizes = tensor[QLatin1String("shape")].toArray();
            for (const QJsonValue& size : sizes) shape.insert(shape.begin(), size.toString().toLongLong());
            QCOMPARE(shape, expected.shape);
        }
    }

private:
    struct Form {
        bool unetOnly;
        bool prefixed;
    };

    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

    static QString whyMissing() {
        if (const QString why = GgmlLibrary::whyMissing(); !why.isEmpty()) return why;
        if (QStandardPaths::findExecutable(QStringLiteral("node")).isEmpty())
            return QStringLiteral("node is not installed; packaging/setup installs it");
        if (!QFileInfo::exists(QStringLiteral(NOISEFLOOR_CLIENTS "/node_modules/@huggingface/gguf")))
            return QStringLiteral("@huggingface/gguf is not installed; packaging/clients installs it");
        return {};
    }

    static void addFiles(std::initializer_list<const char*> names) {
        QTest::addColumn<QString>("file");
        for (const char* name : names) QTest::newRow(name) << name;
    }

    void write(const ldm::Model& model, const std::string& name, Form form) const {
        quant::ExportRequest request{quant::ExportFormat::Gguf, path(name)};
        request.options.unetOnly = form.unetOnly;
        request.options.prefixed = form.prefixed;
        QVERIFY(quant::exportModel(model, recipe(), request));
    }

    QJsonObject parsed(const QString& file) const {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("NODE_PATH"), QStringLiteral(NOISEFLOOR_CLIENTS "/node_modules"));
        QProcess node;
        node.setProcessEnvironment(environment);
        node.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        node.start(QStringLiteral("node"),
                   {QStringLiteral(NOISEFLOOR_CLIENT_SCRIPTS "/gguf.cjs"), m_folder.filePath(file)});
        node.waitForFinished(300'000);
        return QJsonDocument::fromJson(node.readAllStandardOutput()).object();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<GgmlLibrary> m_library;
};

NOISEFLOOR_TEST(GgufFileTest)
#include "tst_gguffile.moc"
