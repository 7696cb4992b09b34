#pragma once

#include <ldm/image.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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
    /// Safetensors file that replaces the seeded noise; may be empty. It holds `latents` and, for each UNet run K in
    /// which the sampler draws, `noise.K`, all float32 [latentsRows, C, h, w] and finite. `noise.K` of other runs is
    /// not read; tensors of any other name are refused.
    std::filesystem::path latents;
    std::int64_t latentsRow = 0;  ///< this picture's row in the tensors of `latents`
    std::int64_t latentsRows = 1; ///< the pictures that the file is for
    double eta = 0;               ///< of DDIM
    int clipSkip = 0;             ///< text states this many layers earlier
    bool weightedPrompts = false; ///< reads (word:1.2) in prompts

    bool operator==(const GenerateSettings&) const = default;
};

/// What a run ends with.
struct Picture : Image {
    /// The latent that was decoded, as the last step left it: channels, rows, columns.
    std::vector<float> latent;
    bool operator==(const Picture&) const = default;
};

/// How far a picture is after a UNet run: coarsely what it looks like, one pixel per latent position.
struct Preview : Image {
    int timestep = 0;          ///< training timestep of the run, rounded
    std::vector<float> latent; ///< as the run left it: channels, rows, columns
    bool operator==(const Preview&) const = default;
};

/// Told after every UNet run, counted from 1. Called on the thread that does the work.
using PreviewSink = std::function<void(int run, const Preview& preview)>;

struct ModelInfo;
class Model;

/// Throws BadInput if the settings cannot be used with the model (steps, size, sampler); returns them with sizes and
/// sampler filled in.
GenerateSettings checked(GenerateSettings settings, const ModelInfo& model);

/// What a user should know about these settings with this model though they can be used, a sentence each: prompts of
/// which the model does not see the end, choices that have no effect.
std::vector<std::string> noticesFor(const Model& model, const GenerateSettings& settings);

} // namespace ldm
