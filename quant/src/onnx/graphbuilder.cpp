#include "graphbuilder.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

namespace quant::onnx {

ElementType elementType(at::ScalarType type) {
    switch (type) {
    case at::kFloat:
        return ElementType::Float;
    case at::kByte:
        return ElementType::UInt8;
    case at::kChar:
        return ElementType::Int8;
    case at::kInt:
        return ElementType::Int32;
    case at::kLong:
        return ElementType::Int64;
    case at::kBool:
        return ElementType::Bool;
    default:
        throw ldm::Error(ldm::ErrorKind::Failed, std::string("a graph cannot hold values of type ") +
                                                     at::toString(type) + "; this is a fault of the program.");
    }
}

ldm::OwnedBytes bytesOf(const at::Tensor& values) {
    const auto kept = std::make_shared<at::Tensor>(values.contiguous());
    return {{static_cast<const std::byte*>(kept->data_ptr()), kept->nbytes()}, kept};
}

std::string GraphBuilder::unique(const std::string& wanted, std::set<std::string>& taken) const {
    std::string name = wanted;
    for (int number = 2; !taken.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
    return name;
}

void GraphBuilder::input(Value value) {
    m_values.insert(value.name);
    m_graph.inputs.push_back(std::move(value));
}

void GraphBuilder::output(Value value, const std::string& name) {
    if (value.name != name) value.name = add("Identity", {name}, {}, value.name);
    m_graph.outputs.push_back(std::move(value));
}

std::string GraphBuilder::add(const std::string& op, std::vector<std::string> inputs, Attributes attributes,
                              const std::string& wanted, const std::string& node) {
    const std::string nodeName = unique(!node.empty() ? node : !wanted.empty() ? wanted : op + "_1", m_nodes);
    const std::string output = unique(wanted.empty() ? nodeName + ".output" : wanted, m_values);
    m_graph.nodes.push_back({op, nodeName, std::move(inputs), {output}, std::move(attributes)});
    return output;
}

std::vector<std::string> GraphBuilder::addSplitting(const std::string& op, std::vector<std::string> inputs,
                                                    std::size_t outputs, Attributes attributes) {
    const std::string first = add(op, std::move(inputs), std::move(attributes));
    std::vector<std::string>& names = m_graph.nodes.back().outputs;
    while (names.size() < outputs) names.push_back(unique(first, m_values));
    return names;
}

std::string GraphBuilder::initializer(Initializer initializer) {
    const auto [there, isNew] = m_initializers.emplace(initializer.name, initializer.shape);
    if (there->second != initializer.shape)
        throw ldm::Error(ldm::ErrorKind::Failed, "parameter " + ldm::inQuotes(initializer.name) +
                                                     " is used in two shapes, for which graphs have no form here.");
    if (isNew) {
        m_values.insert(initializer.name);
        m_graph.initializers.push_back(std::move(initializer));
    }
    return there->first;
}

std::string GraphBuilder::constant(const at::Tensor& values) {
    const at::Tensor plain = values.contiguous();
    const ElementType type = elementType(plain.scalar_type());
    std::string key(nameOf(type));
    key.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    std::string& name = m_constants[{std::move(key), plain.sizes().vec()}];
    if (name.empty()) {
        name = unique("constant_1", m_values);
        m_graph.initializers.push_back({name, type, plain.sizes().vec(), [plain] { return bytesOf(plain); }});
    }
    return name;
}

std::string GraphBuilder::integers(const Shape& values) {
    return constant(at::tensor(values, at::kLong));
}

std::string GraphBuilder::transpose(const std::string& input, const Shape& permutation, const std::string& wanted) {
    std::string source = input;
    Shape whole = permutation;
    if (const auto before = m_transposed.find(input); before != m_transposed.end()) {
        source = before->second.first;
        for (std::int64_t& dim : whole) dim = before->second.second[static_cast<std::size_t>(dim)];
    }
    const std::string result = add("Transpose", {source}, {{"perm", whole}}, wanted);
    m_transposed[result] = {source, whole};
    return result;
}

Graph GraphBuilder::finish() && {
    std::set<std::string> needed;
    for (const Value& output : m_graph.outputs) needed.insert(output.name);
    std::vector<Node> kept;
    for (auto node = m_graph.nodes.rbegin(); node != m_graph.nodes.rend(); ++node) {
        const auto isNeeded = [&](const std::string& name) { return needed.contains(name); };
        if (!std::any_of(node->outputs.begin(), node->outputs.end(), isNeeded)) continue;
        needed.insert(node->inputs.begin(), node->inputs.end());
        needed.insert(node->outputs.begin(), node->outputs.end());
        kept.push_back(std::move(*node));
    }
    m_graph.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    std::erase_if(m_graph.initializers, [&](const Initializer& it) { return !needed.contains(it.name); });
    std::erase_if(m_graph.values, [&](const Value& it) { return !needed.contains(it.name); });
    return std::move(m_graph);
}

} // namespace quant::onnx
