#pragma once

#include <ldm/checkpoint.h>

#include <filesystem>

namespace ldm {

/// Beside a part's weights, says which of them optimum-quanto quantized.
inline constexpr const char* kQuantoMapFile = "quanto_qmap.json";

/// Decodes the weights of a part of a diffusers folder where its config.json says that they are quantized, or a map of
/// quanto beside it does, and takes that out of the configuration: from there on it is a part like any other. Throws
/// BadInput for methods that are not read here, by name.
void decodeQuantized(PartSource& part, const std::filesystem::path& folder);

/// A single file whose linear layers may be marked as ComfyUI's int8_tensorwise, by tensors or in its metadata, decoded
/// where they are.
TensorTable decodedComfyUi(const TensorTable& file, const std::map<std::string, std::string>& metadata);

} // namespace ldm
