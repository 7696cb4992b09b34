#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ldm {

/// Everything that determines one picture besides the model and the arithmetic.
struct GenerateSettings {
    std::string prompt;
    std::string negative; ///< negative prompt, for guidance
    std::string scheduler = "ddim";
    int steps = 20;        ///< 1..1000
    double guidance = 7.5; ///< guidance scale; at most 1 means no guidance, as in diffusers
    std::uint64_t seed = 0;
    int width = 0; ///< pixels; 0 means the model's default; a multiple of vaeScale
    int height = 0;
    std::filesystem::path latents; ///< safetensors file with `latents` that replaces the seeded noise; may be empty

    bool operator==(const GenerateSettings&) const = default;
};

struct ModelInfo;

/// Throws BadInput if the settings cannot be used with the model (steps, size, scheduler); returns them with sizes
/// filled in.
GenerateSettings checked(GenerateSettings settings, const ModelInfo& model);

} // namespace ldm
