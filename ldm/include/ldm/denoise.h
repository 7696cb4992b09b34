#pragma once

#include <ldm/generate.h>
#include <ldm/image.h>
#include <ldm/networks.h>
#include <ldm/progress.h>

#include <optional>
#include <stop_token>
#include <vector>

namespace ldm {

/// What a trajectory starts from: context and noise of one or more prompts. With guidance the context holds all
/// unconditional rows first, then the conditional ones: [2P, tokens, dim], else [P, tokens, dim].
struct Conditioning {
    at::Tensor context;
    at::Tensor noise; ///< [P, C, h, w] float32, unit normal
    bool guided = true;
};

/// Encodes prompts (full precision) and draws or loads the noise. All settings must agree in size, steps and guidance.
Conditioning prepare(Networks& networks, const std::vector<GenerateSettings>& settings);

/// One denoising trajectory, advanced step by step so that two can run side by side.
class Trajectory {
public:
    Trajectory(Networks& networks, Conditioning conditioning, int steps, double guidance);

    std::size_t steps() const { return m_ddim.timesteps().size(); }
    std::size_t index() const { return m_index; } ///< of the step that comes next
    bool done() const { return m_index >= steps(); }
    int timestep() const { return m_ddim.timesteps()[m_index]; }
    /// The UNet's input for the coming step: the batch doubled where guidance needs it.
    UNetState state() const;
    /// Takes the UNet's output for state() and moves the latent to the next step.
    void advance(const at::Tensor& modelOutput);
    const at::Tensor& latent() const { return m_latent; } ///< [P, C, h, w]

private:
    Networks& m_networks;
    Conditioning m_conditioning;
    Ddim m_ddim;
    double m_guidance;
    at::Tensor m_latent;
    std::size_t m_index = 0;
    std::shared_ptr<KeyValueCache> m_keyValues;
};

/// Decodes latents [P, C, h, w] to pictures: divided by the scaling factor, decoded, mapped from [-1, 1] and rounded.
std::vector<Image> decode(Networks& networks, const at::Tensor& latent);

/// Called before each UNet run with the training timestep, so that arithmetic with step ranges can follow.
using TimestepListener = std::function<void(int timestep)>;

/// A whole picture: prepare, all steps with `arithmetic` in the UNet, decode. Returns nothing when stopped.
std::optional<Image> generate(Networks& networks, Arithmetic& arithmetic, const GenerateSettings& settings,
                              std::stop_token stop = {}, const ProgressSink& progress = {},
                              const TimestepListener& onTimestep = {});

} // namespace ldm
