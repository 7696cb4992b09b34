#pragma once

#include "failures.h"

#include <ldm/lora.h>

#include <ATen/ATen.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

using Tensors = std::map<std::string, at::Tensor>;
using Metadata = std::map<std::string, std::string>;

inline std::filesystem::path fixture(const char* name) {
    return std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference" / name;
}

inline at::Tensor random(std::initializer_list<std::int64_t> shape) {
    return at::randn(shape, at::kFloat);
}

/// Down and up of rank 2 for a linear layer.
inline Tensors linear(const std::string& down, const std::string& up, std::int64_t in, std::int64_t out) {
    return {{down, random({2, in})}, {up, random({out, 2})}};
}

inline Tensors kohya(const std::string& module, std::int64_t in, std::int64_t out) {
    return linear(module + ".lora_down.weight", module + ".lora_up.weight", in, out);
}

inline const ldm::StoredTensor& weightOf(const ldm::Checkpoint& checkpoint, const std::string& part,
                                         const std::string& module) {
    const ldm::PartSource* source = checkpoint.find(part);
    const ldm::StoredTensor* tensor = source ? source->tensors.find(module + ".weight") : nullptr;
    if (!tensor) throw std::runtime_error(part + "." + module + " is missing");
    return *tensor;
}

/// The layers whose weights differ, by part and name.
inline std::vector<std::string> changed(const ldm::Checkpoint& before, const ldm::Checkpoint& after) {
    std::vector<std::string> names;
    for (const ldm::PartSource& part : before.parts)
        for (const ldm::StoredTensor& tensor : part.tensors.tensors()) {
            const ldm::StoredTensor& now = *after.find(part.name)->tensors.find(tensor.name);
            if (!at::equal(tensor.values().to(at::kFloat), now.values().to(at::kFloat)))
                names.push_back(part.name + "." + tensor.name);
        }
    return names;
}

inline void writeLora(const std::filesystem::path& file, const Tensors& tensors, const Metadata& metadata = {}) {
    std::vector<ldm::TensorToWrite> entries;
    for (const auto& [name, values] : tensors)
        entries.push_back({name,
                           ldm::fromScalarType(values.scalar_type()),
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.data_ptr()), values.nbytes()}});
    ldm::writeSafetensors(file, std::move(entries), metadata);
}

/// A copy of the checkpoint with a LoRA of these tensors, which is written to `file`.
inline ldm::Checkpoint merged(const ldm::Checkpoint& base, const std::filesystem::path& file, const Tensors& tensors,
                              double weight = 1, const Metadata& metadata = {}) {
    writeLora(file, tensors, metadata);
    ldm::Checkpoint result = base;
    ldm::mergeLora(result, {file, weight});
    return result;
}

} // namespace support
