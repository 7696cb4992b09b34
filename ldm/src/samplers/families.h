#pragma once

#include "noiseschedule.h"
#include "prediction.h"

#include <ldm/sampler.h>

namespace ldm::samplers {

/// Methods that step between training timesteps of the noise schedule: DDIM, PNDM, DDPM, LCM.
class TimestepSampler : public Sampler {
public:
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    TimestepSampler(NoiseSchedule noise, std::vector<double> timesteps);
    int timestep(std::size_t index) const { return static_cast<int>(m_timesteps.at(index)); }
    float alphaAt(int timestep) const { return m_alphasCumprod.at(static_cast<std::size_t>(timestep)); }
    /// Throws BadInput if a visited timestep holds nothing of the clean latent, which then cannot be told from
    /// predicted noise.
    void requireSignal(const ConfigReader& reader, Prediction prediction) const;
};

/// Timesteps and sigmas of one run.
struct SigmaTable {
    std::vector<double> timesteps;
    std::vector<double> sigmas; ///< as many, and the final one
};

/// Methods whose noisy latent is clean + sigma * noise: Euler, Euler ancestral, Heun, LMS (Karras et al. 2022).
class SigmaSampler : public Sampler {
public:
    /// `fromMostNoise`: the spacing begins at the last training timestep, where a latent is all but pure noise.
    SigmaSampler(NoiseSchedule noise, const SigmaTable& table, Prediction prediction, bool fromMostNoise);
    double initialSigma() const override { return m_initialSigma; }
    at::Tensor input(std::size_t index, const at::Tensor& sample) const override;
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    at::Tensor clean(float sigma, const at::Tensor& noisy, const at::Tensor& output) const {
        return cleanAt(m_prediction, sigma, noisy, output);
    }

private:
    Prediction m_prediction;
    float m_initialSigma;
};

/// Methods that solve the diffusion equation in the logarithm of the signal-to-noise ratio, half of it called lambda:
/// DPM-Solver and UniPC.
class LambdaSampler : public Sampler {
public:
    at::Tensor addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const override;

protected:
    LambdaSampler(NoiseSchedule noise, const SigmaTable& table);
    Level level(std::size_t index) const;
    float lambda(std::size_t index) const; ///< infinite where there is no noise
};

/// Refuses schedules of newer versions of a class, which are not computed: true for any of the keys.
void refuseFurtherSigmas(ConfigReader& reader);

/// The last sigma of a table by final_sigmas_type: zero or that of the first training timestep.
double readFinalSigma(ConfigReader& reader, const char* fallback, const std::vector<float>& trained);

} // namespace ldm::samplers
