#pragma once

#include "modelfile.h"

#include <ldm/error.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace quant::onnx {

using Tensors = std::vector<at::Tensor>;

/// One node at work: what an operator computes from. Everything throws BadInput naming the node.
class Call {
public:
    /// Inputs that are left out are undefined tensors.
    Call(const Node& node, Tensors inputs) : m_node(node), m_inputs(std::move(inputs)) {}

    std::size_t outputs() const { return m_node.outputs.size(); }
    std::size_t inputs() const { return m_inputs.size(); }
    const Tensors& allInputs() const { return m_inputs; }
    bool has(std::size_t index) const { return index < m_inputs.size() && m_inputs[index].defined(); }
    const at::Tensor& input(std::size_t index) const;
    const at::Tensor& floats(std::size_t index) const;           ///< an input of float32
    std::vector<std::int64_t> integers(std::size_t index) const; ///< the values of an int32 or int64 list
    at::Tensor inputOr(std::size_t index, at::Tensor other) const { return has(index) ? m_inputs[index] : other; }

    std::int64_t integer(const char* attribute, std::int64_t otherwise) const;
    float number(const char* attribute, float otherwise) const;
    std::string text(const char* attribute, const std::string& otherwise) const;
    std::vector<std::int64_t> list(const char* attribute, std::vector<std::int64_t> otherwise) const;
    bool hasAttribute(const char* attribute) const { return m_node.attributes.contains(attribute); }

    /// 0..rank-1 for an axis that may count from the end.
    std::int64_t axis(std::int64_t given, std::int64_t rank) const;
    void require(bool condition, const std::string& complaint) const;
    [[noreturn]] void refuse(const std::string& complaint) const;

private:
    template <typename T> T attribute(const char* name, T otherwise) const;

    const Node& m_node;
    Tensors m_inputs;
};

inline constexpr std::size_t kAnyNumber = 1 << 20;

/// How an operator may be used, and what it computes.
struct Operator {
    std::size_t fewestInputs = 1;
    std::size_t mostInputs = 1;
    std::size_t mostOutputs = 1;
    std::vector<std::string_view> attributes; ///< all that are understood
    Tensors (*run)(const Call& call) = nullptr;
};

using OperatorTable = std::map<std::string_view, Operator>;

void addElementwiseOperators(OperatorTable& table);
void addLayerOperators(OperatorTable& table);
void addShapeOperators(OperatorTable& table);
void addQuantizationOperators(OperatorTable& table);

/// As messages name a node: "the node \"/conv_in\" (Conv)".
std::string describe(const Node& node);

at::ScalarType scalarType(ElementType type);

} // namespace quant::onnx
