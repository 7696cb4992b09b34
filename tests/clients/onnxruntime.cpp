#include "clients/onnxruntime.h"

#include <ATen/ATen.h>

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStandardPaths>

#include <stdexcept>

namespace support {

namespace {

constexpr int kLongestAnswerMs = 300'000;

const std::map<at::ScalarType, QString> kTypes{
    {at::kFloat, QStringLiteral("float32")}, {at::kLong, QStringLiteral("int64")}, {at::kInt, QStringLiteral("int32")}};

QString modules() {
    return QStringLiteral(NOISEFLOOR_CLIENTS "/node_modules");
}

[[noreturn]] void fail(const QString& sentence) {
    throw std::runtime_error(sentence.toStdString());
}

/// Writes the values into `file` and says what they are.
QJsonObject handedOver(const at::Tensor& tensor, const QString& file) {
    const at::Tensor plain = tensor.contiguous();
    QFile opened(file);
    const auto bytes = static_cast<qint64>(plain.nbytes());
    if (!opened.open(QIODevice::WriteOnly) || opened.write(static_cast<const char*>(plain.data_ptr()), bytes) != bytes)
        fail(QStringLiteral("%1 cannot be written").arg(file));
    QJsonArray dims;
    for (const std::int64_t size : plain.sizes()) dims.append(static_cast<qint64>(size));
    return {{QStringLiteral("type"), kTypes.at(plain.scalar_type())},
            {QStringLiteral("dims"), dims},
            {QStringLiteral("file"), file}};
}

at::Tensor takenBack(const QJsonObject& value) {
    std::vector<std::int64_t> shape;
    const QJsonArray dims = value[QLatin1String("dims")].toArray();
    for (const QJsonValue& size : dims) shape.push_back(size.toInteger());
    for (const auto& [type, name] : kTypes) {
        if (value[QLatin1String("type")].toString() != name) continue;
        at::Tensor tensor = at::empty(shape, type);
        QFile file(value[QLatin1String("file")].toString());
        const auto bytes = static_cast<qint64>(tensor.nbytes());
        if (!file.open(QIODevice::ReadOnly) || file.read(static_cast<char*>(tensor.data_ptr()), bytes) != bytes ||
            !file.atEnd())
            fail(QStringLiteral("%1 does not hold the values of its shape").arg(file.fileName()));
        return tensor;
    }
    fail(QStringLiteral("an output has a type that is not known"));
}

} // namespace

QString OnnxRuntime::whyMissing() {
    if (QStandardPaths::findExecutable(QStringLiteral("node")).isEmpty())
        return QStringLiteral("node is not installed; packaging/setup installs it");
    for (const QString& module : {QStringLiteral("onnxruntime-node"), QStringLiteral("onnx-proto")})
        if (!QFileInfo::exists(modules() + QLatin1Char('/') + module))
            return QStringLiteral("%1 is not installed; packaging/clients installs it").arg(module);
    return {};
}

OnnxRuntime::OnnxRuntime() {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("NODE_PATH"), modules());
    m_process.setProcessEnvironment(environment);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(QStringLiteral("node"), {QStringLiteral(NOISEFLOOR_CLIENT_SCRIPTS "/onnxruntime.cjs")});
    if (!m_process.waitForStarted()) fail(QStringLiteral("node cannot be started: ") + m_process.errorString());
}

OnnxRuntime::~OnnxRuntime() {
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished()) m_process.kill();
}

QJsonObject OnnxRuntime::ask(const QJsonObject& request) {
    m_process.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n');
    while (!m_process.canReadLine())
        if (!m_process.waitForReadyRead(kLongestAnswerMs))
            fail(QStringLiteral("ONNX Runtime does not answer: ") + m_process.errorString());
    const QJsonObject answer = QJsonDocument::fromJson(m_process.readLine()).object();
    if (answer.isEmpty() || answer.contains(QLatin1String("error")))
        fail(QStringLiteral("ONNX Runtime says: ") + answer[QLatin1String("error")].toString());
    return answer;
}

void OnnxRuntime::open(const QString& model, const RuntimeOptions& options) {
    const QJsonObject session{
        {QStringLiteral("x64quantprecision"), options.exactOnAvx2 ? QStringLiteral("1") : QStringLiteral("0")}};
    QJsonObject chosen{{QStringLiteral("graphOptimizationLevel"), QStringLiteral("all")},
                       {QStringLiteral("intraOpNumThreads"), 2},
                       {QStringLiteral("logSeverityLevel"), 3},
                       {QStringLiteral("extra"), QJsonObject{{QStringLiteral("session"), session}}}};
    if (!options.optimizedModel.isEmpty())
        chosen.insert(QStringLiteral("optimizedModelFilePath"), options.optimizedModel);
    ask({{QStringLiteral("open"), model}, {QStringLiteral("options"), chosen}});
}

std::map<std::string, at::Tensor> OnnxRuntime::run(const std::map<std::string, at::Tensor>& inputs) {
    QJsonObject given;
    for (const auto& [name, tensor] : inputs)
        given.insert(QString::fromStdString(name),
                     handedOver(tensor, m_folder.filePath(QStringLiteral("input%1.raw").arg(given.size()))));
    const QJsonObject answer = ask({{QStringLiteral("run"), given}, {QStringLiteral("folder"), m_folder.path()}});
    const QJsonObject outputs = answer[QLatin1String("outputs")].toObject();
    std::map<std::string, at::Tensor> results;
    for (auto output = outputs.begin(); output != outputs.end(); ++output)
        results.emplace(output.key().toStdString(), takenBack(output.value().toObject()));
    return results;
}

std::map<std::string, int> OnnxRuntime::nodesOf(const QString& model) {
    const QJsonObject counts = ask({{QStringLiteral("nodes"), model}})[QLatin1String("nodes")].toObject();
    std::map<std::string, int> nodes;
    for (auto node = counts.begin(); node != counts.end(); ++node)
        nodes.emplace(node.key().toStdString(), node.value().toInt());
    return nodes;
}

} // namespace support
