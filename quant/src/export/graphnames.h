#pragma once

#include <ldm/checkpoint.h>
#include <ldm/model.h>

#include <string>
#include <vector>

namespace quant {

/// What the graph of a UNet that the ONNX export writes calls the things of one layer.
struct LayerInGraph {
    std::string node;   ///< that multiplies or convolves
    std::string weight; ///< the tensor of its weights
    std::string input;  ///< the tensor it reads, which others may read, too
};

inline constexpr const char* kUnetGraph = "unet";

/// By index into ModelInfo::layers, from the float graph itself. Throws Failed for networks that have no graph.
std::vector<LayerInGraph> layersInGraph(const ldm::Checkpoint& checkpoint, const ldm::ModelInfo& model);

} // namespace quant
