#pragma once

#include <ldm/checkpoint.h>

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// The families whose configurations follow from a single file's tensors.
enum class ModelFamily { Sd1, Sd2, Sdxl };

/// A small model of random weights with what its family takes for granted: heads, groups, activations, vocabulary.
ldm::Checkpoint familyModel(ModelFamily family);

/// Its tensors as the original code names and shapes them, prefixes included.
std::vector<ldm::StoredTensor> inOriginalLayout(const ldm::Checkpoint& model);

/// Adds tensors of random values to such a list.
void addTensor(std::vector<ldm::StoredTensor>& tensors, const std::string& name,
               const std::vector<std::int64_t>& shape);

void writeTensors(const std::filesystem::path& path, const std::vector<ldm::StoredTensor>& tensors);

} // namespace support
