#pragma once

#include <ldm/safetensors.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A tensor of random values in offset - scale .. offset + scale.
struct ProceduralTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    double offset = 0;
    double scale = 1;
};

/// A safetensors file of such tensors; the values follow from seed, component and tensor name (format "pw1").
struct ProceduralFile {
    std::uint64_t seed = 0;
    std::string component;             ///< "unet"
    ldm::DType type = ldm::DType::F32; ///< F32, F16 or BF16
    std::vector<ProceduralTensor> tensors;

    std::uint64_t bytes() const; ///< of tensor data
};

/// Writes the file piece by piece, so that its size does not matter for memory.
void writeProcedural(const std::filesystem::path& path, const ProceduralFile& file);

/// The files that a fixture's weights.recipe.json describes, by their path below it; none where its weights are stored.
std::vector<std::pair<std::filesystem::path, ProceduralFile>> proceduralFiles(const std::filesystem::path& fixture);

/// Bytes of weights that a fixture's weights.recipe.json describes; 0 where its weights are stored.
std::uint64_t proceduralBytes(const std::filesystem::path& fixture);

/// Copies a folder whose files may be read-only.
void copyWritable(const std::filesystem::path& source, const std::filesystem::path& target);

/// A diffusers folder with the fixture's weights: the fixture itself where they are stored, else a copy below
/// `temporary` with the weights of its weights.recipe.json written out.
std::filesystem::path withWeights(const std::filesystem::path& fixture, const std::filesystem::path& temporary);

} // namespace support
