#pragma once

#include "families.h"
#include "timesteps.h"

#include <string>

namespace ldm::samplers {

/// What the two DPM-Solver classes read alike.
struct DpmConfig {
    bool plusPlus = true;    ///< integrates the clean latent (arXiv 2211.01095), else the noise (arXiv 2206.00927)
    bool stochastic = false; ///< the "sde" variants
    bool heun = false;       ///< solver_type, else midpoint
    int order = 2;
    bool lowerOrderFinal = true;
    bool zeroFinal = true; ///< the last sigma is zero, else that of the first training timestep
    Prediction prediction = Prediction::Epsilon;
    Limit limit;
};

DpmConfig readDpm(ConfigReader& reader, bool lowerOrderFinal);

/// The training timesteps whose lambda is not below lambda_min_clipped are the first so many.
int readLastTimestep(ConfigReader& reader, const NoiseSchedule& noise);

/// Steps of DPM-Solver between two levels of a table.
class DpmSolver : public LambdaSampler {
public:
    bool drawsNoise(std::size_t /*index*/) const override { return m_config.stochastic; }

protected:
    DpmSolver(DpmConfig config, NoiseSchedule noise, const SigmaTable& table);

    const DpmConfig& config() const { return m_config; }
    /// What the method integrates, from the UNet's output.
    at::Tensor integrand(std::size_t index, const at::Tensor& output, const at::Tensor& sample) const;
    at::Tensor cleanPart(std::size_t index, const at::Tensor& output, const at::Tensor& sample) const;

    /// The integrand as a polynomial in lambda around the step's beginning; undefined derivatives are not used.
    struct Expansion {
        at::Tensor value;
        at::Tensor first;
        at::Tensor second;
        bool integrated = false; ///< `first` is weighted exactly, as in Heun's variant, else as at the midpoint
    };
    /// From `sample` at level `from` to level `to`.
    at::Tensor moved(std::size_t from, std::size_t to, const at::Tensor& sample, const Expansion& expansion,
                     const at::Tensor& noise) const;

private:
    DpmConfig m_config;
};

} // namespace ldm::samplers
