#pragma once

#include <cstdint>
#include <filesystem>

namespace support {

/// Bytes of weights that a fixture's weights.recipe.json describes; 0 where its weights are stored.
std::uint64_t proceduralBytes(const std::filesystem::path& fixture);

/// A diffusers folder with the fixture's weights: the fixture itself where they are stored, else a copy below
/// `temporary` with the weights of its weights.recipe.json (format "pw1") written out.
std::filesystem::path withWeights(const std::filesystem::path& fixture, const std::filesystem::path& temporary);

} // namespace support
