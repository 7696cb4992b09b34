#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ldm {

/// Everything that determines one picture besides the model and the arithmetic.
struct GenerateSettings {
    std::string prompt;
    /// Negative prompt, for guidance; without one the unconditional text is empty, or zeros where the pipeline says so
    /// (SDXL's force_zeros_for_empty_prompt).
    std::optional<std::string> negative;
    std::string scheduler; ///< a name of samplerKinds(); empty means the model's own
    int steps = 20;        ///< 1..1000
    double guidance = 7.5; ///< guidance scale; at most 1 means no guidance, as in diffusers
    std::uint64_t seed = 0;
    int width = 0; ///< pixels; 0 means the model's default; a multiple of vaeScale
    int height = 0;
    std::filesystem::path latents; ///< safetensors file with `latents` (and `noise.K` for samplers that draw at run K)
                                   ///< that replaces the seeded noise; may be empty
    double eta = 0;                ///< of DDIM
    int clipSkip = 0;              ///< text states this many layers earlier
    bool weightedPrompts = false;  ///< reads (word:1.2) in prompts

    bool operator==(const GenerateSettings&) const = default;
};

struct ModelInfo;

/// Throws BadInput if the settings cannot be used with the model (steps, size, scheduler); returns them with sizes and
/// scheduler filled in.
GenerateSettings checked(GenerateSettings settings, const ModelInfo& model);

} // namespace ldm
