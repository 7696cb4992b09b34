#include "families.h"
#include "makers.h"
#include "timesteps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace ldm::samplers {

namespace {

/// DDPM (Ho, Jain, Abbeel 2020, arXiv 2006.11239, equation 7) between the chosen timesteps.
class Ddpm final : public TimestepSampler {
public:
    Ddpm(ConfigReader& reader, NoiseSchedule noise, std::vector<double> timesteps, int steps)
        : TimestepSampler(std::move(noise), std::move(timesteps)), m_prediction(readPrediction(reader, true)),
          m_largeVariance(reader.oneOf("variance_type", "fixed_small",
                                       {"fixed_small", "fixed_small_log", "fixed_large"}) == "fixed_large"),
          m_stride(int(m_alphasCumprod.size()) / steps) {
        readClipping(reader, true, m_limit);
        readThresholding(reader, m_limit);
        requireSignal(reader, m_prediction);
    }

    bool drawsNoise(std::size_t index) const override { return timestep(index) > 0; }

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        const int previous = timestep(index) - m_stride;
        const float alpha = alphaAt(timestep(index));
        const float alphaPrevious = previous >= 0 ? alphaAt(previous) : 1;
        const float ratio = alpha / alphaPrevious, beta = 1 - ratio;
        const at::Tensor clean = m_limit.applied(cleanOf(m_prediction, levelOf(alpha), sample, modelOutput));
        const float ofClean = std::sqrt(alphaPrevious) * beta / (1 - alpha);
        const float ofSample = std::sqrt(ratio) * (1 - alphaPrevious) / (1 - alpha);
        const at::Tensor mean = ofClean * clean + ofSample * sample;
        if (!drawsNoise(index)) return {mean, clean};
        const float smallest = std::max((1 - alphaPrevious) / (1 - alpha) * beta, 1e-20F);
        return {mean + std::sqrt(m_largeVariance ? beta : smallest) * noise, clean};
    }

private:
    Prediction m_prediction;
    Limit m_limit;
    bool m_largeVariance;
    int m_stride;
};

} // namespace

std::unique_ptr<Sampler> makeDdpm(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readNoise(reader, {.zeroSnr = ZeroSnr::Exact, .furtherSchedule = "sigmoid"});
    auto timesteps = wholeTimesteps(readSpacing(reader, "leading"), noise.trainSteps(), settings.steps);
    return std::make_unique<Ddpm>(reader, std::move(noise), std::move(timesteps), settings.steps);
}

} // namespace ldm::samplers
