#pragma once

#include <ATen/core/Tensor.h>

#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <map>
#include <string>

namespace support {

/// How ONNX Runtime is to run a graph.
struct RuntimeOptions {
    QString optimizedModel;  ///< file that gets the graph as it is run; may be empty
    bool exactOnAvx2 = true; ///< u8 x s8 products never saturate on processors without VNNI, at some cost
};

/// ONNX Runtime in a process of its own, through its package for Node. Requests go to onnxruntime.cjs, one at a time.
/// What fails throws std::runtime_error with its sentence.
class OnnxRuntime {
public:
    /// What is missing to run it, with the remedy; empty where nothing is.
    static QString whyMissing();

    OnnxRuntime();
    ~OnnxRuntime();

    void open(const QString& model, const RuntimeOptions& options = {});
    std::map<std::string, at::Tensor> run(const std::map<std::string, at::Tensor>& inputs);
    /// How often each operator occurs in a file: "Conv", "com.microsoft.QLinearConv".
    std::map<std::string, int> nodesOf(const QString& model);

private:
    QJsonObject ask(const QJsonObject& request);

    QTemporaryDir m_folder;
    QProcess m_process;
};

} // namespace support
