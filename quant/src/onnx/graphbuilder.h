#pragma once

#include "modelfile.h"

#include <ATen/core/Tensor.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace quant::onnx {

using Attributes = std::map<std::string, AttributeValue>;
using Shape = std::vector<std::int64_t>;

/// The type that a tensor's values have in a graph. Throws Failed for those that it has none for.
ElementType elementType(at::ScalarType type);
/// The bytes of a tensor, which they keep alive.
ldm::OwnedBytes bytesOf(const at::Tensor& values);

/// Puts a graph together: node by node in order of execution, names made unique, constants shared.
class GraphBuilder {
public:
    explicit GraphBuilder(std::string name) { m_graph.name = std::move(name); }

    void input(Value value);
    /// `name` is that of a value; it gets a node of its own if the value has another name.
    void output(Value value, const std::string& name);
    /// What else is known about a value of that name.
    void describe(Value value) { m_graph.values.push_back(std::move(value)); }

    /// A node of one output; returns its name: `wanted`, or one made from the operator. `node` names the node likewise.
    std::string add(const std::string& op, std::vector<std::string> inputs, Attributes attributes = {},
                    const std::string& wanted = {}, const std::string& node = {});
    std::vector<std::string> addSplitting(const std::string& op, std::vector<std::string> inputs, std::size_t outputs,
                                          Attributes attributes);
    /// A constant that may be there already under this name; it must have the same shape then.
    std::string initializer(Initializer initializer);
    /// Small computed constants, shared between all who want the same.
    std::string constant(const at::Tensor& values);
    std::string integers(const Shape& values); ///< int64, one dimension
    /// The last two of a chain are one.
    std::string transpose(const std::string& input, const Shape& permutation, const std::string& wanted = {});

    /// Without what no output needs.
    Graph finish() &&;

private:
    std::string unique(const std::string& wanted, std::set<std::string>& taken) const;

    Graph m_graph;
    std::set<std::string> m_values;
    std::set<std::string> m_nodes;
    std::map<std::string, Shape> m_initializers;
    std::map<std::pair<std::string, Shape>, std::string> m_constants;  ///< by type and bytes, and shape
    std::map<std::string, std::pair<std::string, Shape>> m_transposed; ///< what it is of, and how
};

} // namespace quant::onnx
