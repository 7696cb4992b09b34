#include "operators.h"

#include <ATen/ATen.h>

namespace quant::onnx {

std::string describe(const Node& node) {
    return "the node " + ldm::inQuotes(node.name) + " (" + node.op + ")";
}

at::ScalarType scalarType(ElementType type) {
    switch (type) {
    case ElementType::Float:
        return at::kFloat;
    case ElementType::UInt8:
        return at::kByte;
    case ElementType::Int8:
        return at::kChar;
    case ElementType::Int32:
        return at::kInt;
    case ElementType::Int64:
        return at::kLong;
    case ElementType::Bool:
        return at::kBool;
    }
    throw ldm::badInput("Values of the ONNX type " + std::to_string(static_cast<int>(type)) + " cannot be computed.");
}

void Call::refuse(const std::string& complaint) const {
    throw ldm::badInput("The ONNX graph cannot be run: " + describe(m_node) + " " + complaint + ".");
}

void Call::require(bool condition, const std::string& complaint) const {
    if (!condition) refuse(complaint);
}

const at::Tensor& Call::input(std::size_t index) const {
    require(has(index), "lacks input " + std::to_string(index));
    return m_inputs[index];
}

const at::Tensor& Call::floats(std::size_t index) const {
    const at::Tensor& tensor = input(index);
    require(tensor.scalar_type() == at::kFloat, "asks for float32 as input " + std::to_string(index));
    return tensor;
}

std::vector<std::int64_t> Call::integers(std::size_t index) const {
    const at::Tensor& tensor = input(index);
    const bool fits = tensor.dim() <= 1 && (tensor.scalar_type() == at::kLong || tensor.scalar_type() == at::kInt);
    require(fits, "asks for a list of integers as input " + std::to_string(index));
    const at::Tensor plain = tensor.to(at::kLong).contiguous();
    const std::int64_t* values = plain.data_ptr<std::int64_t>();
    return {values, values + plain.numel()};
}

template <typename T> T Call::attribute(const char* name, T otherwise) const {
    const auto found = m_node.attributes.find(name);
    if (found == m_node.attributes.end()) return otherwise;
    const T* value = std::get_if<T>(&found->second);
    require(value != nullptr, std::string("has an attribute '") + name + "' of the wrong type");
    return *value;
}

std::int64_t Call::integer(const char* name, std::int64_t otherwise) const {
    return attribute(name, otherwise);
}

float Call::number(const char* name, float otherwise) const {
    return attribute(name, otherwise);
}

std::string Call::text(const char* name, const std::string& otherwise) const {
    return attribute(name, otherwise);
}

std::vector<std::int64_t> Call::list(const char* name, std::vector<std::int64_t> otherwise) const {
    return attribute(name, std::move(otherwise));
}

std::int64_t Call::axis(std::int64_t given, std::int64_t rank) const {
    require(given >= -rank && given < rank,
            "names the axis " + std::to_string(given) + " of a tensor with " + std::to_string(rank));
    return given < 0 ? given + rank : given;
}

} // namespace quant::onnx
