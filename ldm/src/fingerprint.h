#pragma once

#include <ldm/safetensors.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ldm {

/// "sha256:..." by which recipes and analyses recognize a model wherever its folder lies: over the texts in full, and
/// of each weight file the names, types, shapes and offsets and the data: all of it up to 64 MiB, beyond that 1024
/// evenly spaced pages of 4 KiB, so that opening a large model does not read it.
std::string fingerprintOf(const std::vector<std::filesystem::path>& texts, const std::vector<SafetensorsFile>& weights);

} // namespace ldm
