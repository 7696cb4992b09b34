#include "modelfile.h"

#include <ldm/error.h>

#include <set>

namespace quant::onnx {

namespace {

/// Checks a graph from its first node to its last.
class Checker {
public:
    Checker(const Graph& graph, const std::string& source) : m_graph(graph), m_source(source) {}

    void run() {
        for (const Value& input : m_graph.inputs) produce(input.name);
        for (const Initializer& initializer : m_graph.initializers) produce(initializer.name);
        for (const Node& node : m_graph.nodes) check(node);
        std::set<std::string> outputs;
        for (const Value& output : m_graph.outputs) {
            if (!m_produced.contains(output.name))
                refuse("output " + ldm::inQuotes(output.name) + " is never computed");
            if (!outputs.insert(output.name).second) refuse("output " + ldm::inQuotes(output.name) + " is named twice");
        }
        for (const Value& value : m_graph.values)
            if (!m_produced.contains(value.name))
                refuse("a type is given for " + ldm::inQuotes(value.name) + ", which is never computed");
    }

private:
    [[noreturn]] void refuse(const std::string& fault) const {
        throw ldm::badInput(m_source + ": " + fault + "; export the model again.");
    }

    void produce(const std::string& name) {
        if (name.empty()) refuse("a value has no name");
        if (!m_produced.insert(name).second) refuse("value " + ldm::inQuotes(name) + " is there twice");
    }

    void check(const Node& node) {
        if (node.name.empty() || !m_nodes.insert(node.name).second)
            refuse("a " + ldm::inQuotes(node.op) + " node has no name of its own (" + ldm::inQuotes(node.name) + ")");
        if (node.outputs.empty()) refuse("node " + ldm::inQuotes(node.name) + " computes nothing");
        for (const std::string& input : node.inputs)
            if (!input.empty() && !m_produced.contains(input))
                refuse("node " + ldm::inQuotes(node.name) + " reads " + ldm::inQuotes(input) +
                       " before anything has computed it");
        for (const std::string& output : node.outputs) produce(output);
    }

    const Graph& m_graph;
    const std::string& m_source;
    std::set<std::string> m_produced;
    std::set<std::string> m_nodes;
};

} // namespace

std::size_t sizeOf(ElementType type) {
    switch (type) {
    case ElementType::Float:
    case ElementType::Int32:
        return 4;
    case ElementType::Int64:
        return 8;
    case ElementType::UInt8:
    case ElementType::Int8:
    case ElementType::Bool:
        break;
    }
    return 1;
}

std::string_view nameOf(ElementType type) {
    switch (type) {
    case ElementType::Float:
        return "float";
    case ElementType::UInt8:
        return "uint8";
    case ElementType::Int8:
        return "int8";
    case ElementType::Int32:
        return "int32";
    case ElementType::Int64:
        return "int64";
    case ElementType::Bool:
        break;
    }
    return "bool";
}

std::uint64_t elements(const std::vector<std::int64_t>& shape) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 60; // bytes can be counted, too
    std::uint64_t count = 1;
    for (const std::int64_t size : shape) {
        if (size < 0 || (size > 0 && count > kMost / static_cast<std::uint64_t>(size)))
            throw ldm::badInput("A tensor of negative or enormous size cannot be stored.");
        count *= static_cast<std::uint64_t>(size);
    }
    return count;
}

std::uint64_t byteCount(const Initializer& initializer) {
    return elements(initializer.shape) * sizeOf(initializer.type);
}

void checkModel(const Model& model, const std::string& source) {
    Checker(model.graph, source).run();
}

} // namespace quant::onnx
