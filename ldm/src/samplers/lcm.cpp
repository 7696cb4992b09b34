#include "families.h"
#include "makers.h"
#include "timesteps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <cmath>
#include <string>
#include <utility>

namespace ldm::samplers {

namespace {

constexpr float kDataVariance = 0.25F; ///< sigma_data = 0.5, squared

/// Multistep sampling of latent consistency models (Luo et al. 2023, arXiv 2310.04378, algorithm 3).
class Lcm final : public TimestepSampler {
public:
    Lcm(ConfigReader& reader, NoiseSchedule noise, std::vector<double> timesteps)
        : TimestepSampler(std::move(noise), std::move(timesteps)), m_prediction(readPrediction(reader, true)),
          m_scaling(static_cast<float>(reader.number("timestep_scaling", 10, 0, 1e6))) {
        readClipping(reader, false, m_limit);
        readThresholding(reader, m_limit);
        requireSignal(reader, m_prediction);
    }

    bool drawsNoise(std::size_t index) const override { return index + 1 < m_timesteps.size(); }

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        const Level level = levelOf(alphaAt(timestep(index)));
        const at::Tensor clean = m_limit.applied(cleanOf(m_prediction, level, sample, modelOutput));
        const float scaled = static_cast<float>(timestep(index)) * m_scaling;
        const float variance = scaled * scaled + kDataVariance;
        const at::Tensor denoised = scaled / std::sqrt(variance) * clean + kDataVariance / variance * sample;
        if (!drawsNoise(index)) return {denoised, denoised};
        const Level next = levelOf(alphaAt(timestep(index + 1)));
        return {next.alpha * denoised + next.sigma * noise, denoised};
    }

private:
    Prediction m_prediction;
    Limit m_limit;
    float m_scaling;
};

/// Every k-th of the timesteps the model was distilled on, from the last one down.
std::vector<double> timestepsOf(int trainSteps, int originalSteps, int steps) {
    if (steps > originalSteps)
        throw badInput("LCM was asked for " + std::to_string(steps) + " steps, but the model was distilled on " +
                       std::to_string(originalSteps) + "; use no more than these, 4 or 8 are usual.");
    const int stride = trainSteps / originalSteps;
    std::vector<double> result;
    const double distance = static_cast<double>(originalSteps) / steps;
    for (int i = 0; i < steps; ++i) {
        const int skipped = static_cast<int>(std::floor(i * distance));
        result.push_back((originalSteps - skipped) * stride - 1);
    }
    return result;
}

} // namespace

std::unique_ptr<Sampler> makeLcm(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readNoise(
        reader, {.zeroSnr = ZeroSnr::Exact, .betaStart = 0.00085, .betaEnd = 0.012, .betaSchedule = "scaled_linear"});
    const int configured = reader.integer("original_inference_steps", 50, 1, noise.trainSteps());
    const int original = settings.originalSteps > 0 ? settings.originalSteps : configured;
    if (original > noise.trainSteps())
        throw badInput("LCM was asked for " + std::to_string(original) +
                       " original steps, but the model was trained on " + std::to_string(noise.trainSteps()) +
                       "; use no more than these.");
    requireSteps(settings.steps, noise.trainSteps());
    auto timesteps = timestepsOf(noise.trainSteps(), original, settings.steps);
    return std::make_unique<Lcm>(reader, std::move(noise), std::move(timesteps));
}

} // namespace ldm::samplers
