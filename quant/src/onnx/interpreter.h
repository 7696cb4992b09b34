#pragma once

#include "modelfile.h"
#include "operators.h"

#include <ldm/progress.h>

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant::onnx {

using NamedTensors = std::map<std::string, at::Tensor>;

/// Runs a graph node by node on the CPU in float32, as the ONNX operator specification says: a second reading of a
/// file that shares nothing with its writer but modelfile.h. Constants are taken from the file when a node needs them,
/// and every value is freed after its last use. May be run by any thread, by one at a time.
class Interpreter {
public:
    /// Throws BadInput naming the node for operators, attributes and numbers of inputs that are not known, and as
    /// checkModel() does. `source` names the model in messages.
    Interpreter(Model model, std::string source);
    Interpreter(const Interpreter&) = delete;
    Interpreter(Interpreter&&) = default;

    const Graph& graph() const { return m_model.graph; }
    const std::map<std::string, std::string>& metadata() const { return m_model.metadata; }

    /// The graph's outputs, and the values named in `also`. Inputs must be those of the graph in type and shape. What
    /// nodes produce is compared with the shapes that the file declares. Throws BadInput naming the value or node;
    /// nothing when stopped.
    std::optional<NamedTensors> run(const NamedTensors& inputs, const std::vector<std::string>& also = {},
                                    std::stop_token stop = {}, const ldm::ProgressSink& progress = {}) const;

private:
    void check(const Node& node) const;
    void checkInputs(const NamedTensors& inputs) const;
    void checkDeclared(const std::string& name, const at::Tensor& tensor) const;
    at::Tensor find(const std::string& name, const NamedTensors& live) const;
    Tensors compute(const Node& node, const NamedTensors& live) const;

    Model m_model;
    std::string m_source;
    OperatorTable m_operators;
    std::map<std::string, const Initializer*> m_constants;
    std::map<std::string, const Value*> m_declared;
    std::vector<std::vector<std::string>> m_lastUses; ///< by node: values that nothing after it reads
};

/// A constant as a tensor; shares the bytes where they are aligned.
at::Tensor tensorOf(const Initializer& constant);

} // namespace quant::onnx
