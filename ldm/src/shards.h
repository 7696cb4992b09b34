#pragma once

#include <ldm/weights.h>

#include <filesystem>
#include <string>

namespace ldm {

/// The weights of one part's folder: `stem`.safetensors or its shards, else those of variant fp16. Throws BadInput with
/// the reason where there are none, only pickled ones, or shards that do not agree with their index.
TensorTable openWeights(const std::filesystem::path& folder, const std::string& stem);

} // namespace ldm
