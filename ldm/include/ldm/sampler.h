#pragma once

#include <ldm/samplerkinds.h>

#include <ATen/core/Tensor.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

struct SamplerSettings {
    int steps = 20;
    double eta = 0;        ///< DDIM only: 0 is deterministic, 1 draws as much noise as DDPM
    int originalSteps = 0; ///< LCM only: steps the model was distilled on; 0: as configured
};

/// One run of a sampler over `steps` steps: tables from set_timesteps and the history that multistep methods keep.
/// Tables and arithmetic are in the precision diffusers uses. Used by one thread; one instance serves one trajectory.
class Sampler {
public:
    struct Step {
        at::Tensor sample;   ///< the next latent, in the sampler's own scaling
        at::Tensor denoised; ///< the clean latent as predicted in this step
    };

    virtual ~Sampler() = default;

    /// The training timestep of every UNet run, in order. Not always distinct (PNDM, Heun) nor whole (Euler).
    const std::vector<double>& timesteps() const { return m_timesteps; }
    /// Noise by signal of every run and, last, of the result; empty for methods that do not work on it.
    const std::vector<float>& sigmas() const { return m_sigmas; }
    /// Share of the clean latent in the variance, by training timestep.
    const std::vector<float>& alphasCumprod() const { return m_alphasCumprod; }
    /// Standard deviation by which the unit normal start is multiplied (init_noise_sigma).
    virtual double initialSigma() const { return 1; }
    /// The UNet's input for run `index` (scale_model_input).
    virtual at::Tensor input(std::size_t index, const at::Tensor& sample) const;
    /// True if step(index) needs noise.
    virtual bool drawsNoise(std::size_t /*index*/) const { return false; }
    /// Moves on. Called once for each index in order; `noise` is unit normal in the sample's shape where drawsNoise.
    virtual Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
                      const at::Tensor& noise) = 0;
    /// The forward process: a clean latent with the noise of run `index` (add_noise).
    virtual at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const = 0;

protected:
    std::vector<double> m_timesteps;
    std::vector<float> m_sigmas;
    std::vector<float> m_alphasCumprod;
};

/// The name of the sampler that computes a scheduler_config.json as it stands; empty where none does.
std::string_view samplerNameOf(const nlohmann::json& schedulerConfig);

/// A model's scheduler_config.json as the sampler `name` reads it, like `X.from_config(other.config)` in diffusers:
/// keys that are explicit in the file stay, absent ones get the class's defaults. Throws BadInput for an unknown name.
nlohmann::json configFor(std::string_view name, const nlohmann::json& schedulerConfig);

/// A sampler from a scheduler_config.json; `_class_name` decides which. `file` names the source in messages. Throws
/// BadInput for values that cannot be computed or do not fit the steps.
std::unique_ptr<Sampler> makeSampler(const nlohmann::json& schedulerConfig, const std::string& file,
                                     const SamplerSettings& settings);

} // namespace ldm
