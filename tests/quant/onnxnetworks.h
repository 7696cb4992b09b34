#pragma once

#include "onnx/interpreter.h"
#include "onnx/lowering.h"
#include "onnx/networkgraphs.h"

#include <ldm/checkpoint.h>
#include <ldm/unet.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

/// Graphs of whole networks.
namespace support {

/// The values of a part's parameters under their full names; the part must stay.
inline quant::onnx::GraphWeights weightsOf(const ldm::PartSource& part) {
    return {.values = [&part](const std::string& name) {
        return part.tensors.find(name.substr(part.name.size() + 1))->values().to(at::kFloat);
    }};
}

inline constexpr quant::onnx::UNetSizes kSmallUNet{.batch = 2, .height = 8, .width = 6, .tokens = 5};

inline quant::onnx::Model unetGraph(const ldm::Checkpoint& model, const quant::onnx::UNetSizes& sizes = kSmallUNet) {
    const ldm::PartSource& part = *model.find("unet");
    return quant::onnx::lowered(quant::onnx::recordUNet(part, sizes).recording, weightsOf(part), part.name);
}

/// Values for each input of a graph, the same at each call.
inline quant::onnx::NamedTensors inputsFor(const quant::onnx::Graph& graph) {
    at::manual_seed(7);
    quant::onnx::NamedTensors inputs;
    for (const quant::onnx::Value& input : graph.inputs) inputs[input.name] = at::randn(input.shape);
    if (inputs.contains("timestep")) inputs["timestep"].fill_(321.5);
    if (inputs.contains("time_ids")) inputs["time_ids"] = inputs["time_ids"].abs() * 100;
    return inputs;
}

inline ldm::Condition conditionOf(const quant::onnx::NamedTensors& inputs) {
    ldm::Condition condition;
    condition.context = inputs.at("encoder_hidden_states");
    if (inputs.contains("text_embeds")) condition.pooled = inputs.at("text_embeds");
    if (inputs.contains("time_ids")) condition.timeIds = inputs.at("time_ids");
    if (inputs.contains("timestep_cond")) condition.guidance = inputs.at("timestep_cond");
    return condition;
}

inline std::ptrdiff_t nodes(const quant::onnx::Graph& graph, const std::string& op) {
    return std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& node) { return node.op == op; });
}

inline const quant::onnx::Initializer* constantNamed(const quant::onnx::Graph& graph, const std::string& name) {
    const auto found = std::find_if(graph.initializers.begin(), graph.initializers.end(),
                                    [&](const auto& constant) { return constant.name == name; });
    return found == graph.initializers.end() ? nullptr : &*found;
}

/// Largest difference relative to the largest value.
inline double difference(const at::Tensor& got, const at::Tensor& expected) {
    return ((got - expected).abs().max() / expected.abs().max()).item<double>();
}

} // namespace support
