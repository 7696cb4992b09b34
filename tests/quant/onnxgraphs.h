#pragma once

#include "onnx/interpreter.h"

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

/// Small ONNX graphs made by hand.
namespace support {

using Attributes = std::map<std::string, quant::onnx::AttributeValue>;

inline quant::onnx::ElementType elementType(const at::Tensor& tensor) {
    switch (tensor.scalar_type()) {
    case at::kByte:
        return quant::onnx::ElementType::UInt8;
    case at::kChar:
        return quant::onnx::ElementType::Int8;
    case at::kInt:
        return quant::onnx::ElementType::Int32;
    case at::kLong:
        return quant::onnx::ElementType::Int64;
    case at::kBool:
        return quant::onnx::ElementType::Bool;
    default:
        return quant::onnx::ElementType::Float;
    }
}

inline quant::onnx::Value valueLike(const std::string& name, const at::Tensor& tensor) {
    return {name, elementType(tensor), tensor.sizes().vec()};
}

inline quant::onnx::Initializer constantOf(const std::string& name, const at::Tensor& tensor) {
    const auto kept = std::make_shared<at::Tensor>(tensor.contiguous());
    return {name, elementType(tensor), tensor.sizes().vec(), [kept] {
                return ldm::OwnedBytes{{static_cast<const std::byte*>(kept->data_ptr()), kept->nbytes()}, kept};
            }};
}

/// A graph from x to y, both float32 of this shape, without nodes as yet.
inline quant::onnx::Model modelFromXToY(const std::vector<std::int64_t>& shape) {
    quant::onnx::Model model;
    model.graph.name = "small";
    model.graph.inputs = {{"x", quant::onnx::ElementType::Float, shape}};
    model.graph.outputs = {{"y", quant::onnx::ElementType::Float, shape}};
    return model;
}

/// What a single node makes of its inputs; undefined ones are left out.
inline quant::onnx::Tensors outputsOf(const std::string& op, const quant::onnx::Tensors& inputs,
                                      const Attributes& attributes = {}, std::size_t outputs = 1) {
    quant::onnx::Model model = modelFromXToY({});
    model.graph.nodes = {{"Identity", "passing", {"x"}, {"y"}}};
    quant::onnx::Node node{op, "tested", {}, {}, attributes};
    quant::onnx::NamedTensors given{{"x", at::zeros({})}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        node.inputs.push_back(inputs[i].defined() ? "in" + std::to_string(i) : "");
        if (!inputs[i].defined()) continue;
        model.graph.inputs.push_back(valueLike(node.inputs.back(), inputs[i]));
        given[node.inputs.back()] = inputs[i];
    }
    for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back("out" + std::to_string(i));
    model.graph.nodes.push_back(node);
    const quant::onnx::Interpreter interpreter(std::move(model), "the tested graph");
    const auto results = interpreter.run(given, node.outputs);
    quant::onnx::Tensors made;
    for (const std::string& name : node.outputs) made.push_back(results->at(name));
    return made;
}

inline at::Tensor outputOf(const std::string& op, const quant::onnx::Tensors& inputs,
                           const Attributes& attributes = {}) {
    return outputsOf(op, inputs, attributes).front();
}

inline at::Tensor integers(const std::vector<std::int64_t>& values) {
    return at::tensor(values, at::kLong);
}

inline at::Tensor bytes(const std::vector<int>& values) {
    return at::tensor(values, at::kInt).to(at::kByte);
}

} // namespace support
