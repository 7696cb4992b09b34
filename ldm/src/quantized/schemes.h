#pragma once

#include "quantizedtable.h"

#include <ldm/checkpoint.h>

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace ldm {

/// What is known about a part whose weights are quantized.
struct QuantizedPart {
    const TensorTable& tensors;
    const WantedShapes& wanted;
    const nlohmann::json& config; ///< what its quantization_config says, or its map of modules
    std::string configName;       ///< where that comes from, for messages
};

/// The part's weights as float32, decoded when they are read. All throw BadInput for tensors that are missing, of the
/// wrong type or shape, and for what they do not read, by name.
TensorTable decodedSdnq(const QuantizedPart& part);
TensorTable decodedBitsandbytes(const QuantizedPart& part);
/// One type for all layers, as diffusers configures quanto.
TensorTable decodedQuanto(const QuantizedPart& part);
/// A type by module, as optimum-quanto's own folders have it in quanto_qmap.json.
TensorTable decodedQuantoMap(const QuantizedPart& part);

} // namespace ldm
