#pragma once

#include <ldm/checkpoint.h>

#include <string>

namespace ldm {

/// "sha256:..." by which recipes and analyses recognize a model wherever it lies: over all configurations and
/// vocabularies, of each tensor the name, type and shape, and the stored data: all of it up to 64 MiB, beyond that 1024
/// evenly spaced pages of 4 KiB, so that opening a large model does not read it. How the data is spread over files does
/// not matter.
std::string fingerprintOf(const Checkpoint& checkpoint);

/// Of a LoRA: over its tensors in the same way, and the settings that go with them.
std::string fingerprintOf(const TensorTable& tensors, const std::string& settings);

/// Of a model known by `fingerprint` with LoRAs merged into it.
std::string fingerprintWith(const std::string& fingerprint, const std::vector<LoraInfo>& loras);

} // namespace ldm
