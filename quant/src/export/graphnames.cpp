#include "graphnames.h"

#include "../onnx/lowering.h"
#include "../onnx/networkgraphs.h"

#include <ldm/error.h>

#include <unordered_map>

namespace quant {

namespace {

onnx::Graph floatGraph(const ldm::Checkpoint& checkpoint) {
    const onnx::RecordedNetwork network = onnx::recordUNet(*checkpoint.find("unet"), {});
    return onnx::lowered(network.recording, {}, kUnetGraph).graph;
}

} // namespace

std::vector<LayerInGraph> layersInGraph(const ldm::Checkpoint& checkpoint, const ldm::ModelInfo& model) {
    std::unordered_map<std::string, LayerInGraph> byWeight;
    std::unordered_map<std::string, std::string> transposed; // what of what
    const onnx::Graph graph = floatGraph(checkpoint);
    for (const onnx::Node& node : graph.nodes) {
        if (node.op == "Transpose") transposed[node.outputs.front()] = node.inputs.front();
        if (node.op != "MatMul" && node.op != "Conv") continue;
        const auto source = transposed.find(node.inputs[1]);
        const std::string& weight = source == transposed.end() ? node.inputs[1] : source->second;
        byWeight[weight] = {node.name, weight, node.inputs[0]};
    }
    std::vector<LayerInGraph> layers;
    for (const ldm::LayerInfo& layer : model.layers) {
        const auto found = byWeight.find(layer.name + ".weight");
        if (found == byWeight.end())
            throw ldm::Error(ldm::ErrorKind::Failed, "the UNet's graph has no node for layer '" + layer.name +
                                                         "'; this is a fault of the program.");
        layers.push_back(found->second);
    }
    return layers;
}

} // namespace quant
