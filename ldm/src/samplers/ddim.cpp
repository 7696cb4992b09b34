#include "families.h"
#include "makers.h"
#include "timesteps.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

namespace ldm::samplers {

namespace {

/// DDIM (Song, Meng, Ermon 2020, arXiv 2010.02502, equation 12).
class Ddim final : public TimestepSampler {
public:
    Ddim(ConfigReader& reader, NoiseSchedule noise, std::vector<double> timesteps, const SamplerSettings& settings)
        : TimestepSampler(std::move(noise), std::move(timesteps)), m_prediction(readPrediction(reader, true)),
          m_finalAlpha(reader.boolean("set_alpha_to_one", true) ? 1 : m_alphasCumprod.front()),
          m_stride(int(m_alphasCumprod.size()) / settings.steps), m_eta(static_cast<float>(settings.eta)) {
        readClipping(reader, true, m_limit);
        readThresholding(reader, m_limit);
        requireSignal(reader, m_prediction);
    }

    bool drawsNoise(std::size_t /*index*/) const override { return m_eta > 0; }

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        const int previous = timestep(index) - m_stride;
        const float alpha = alphaAt(timestep(index));
        const float alphaPrevious = previous >= 0 ? alphaAt(previous) : m_finalAlpha;
        const Level level = levelOf(alpha);
        const at::Tensor clean = m_limit.applied(cleanOf(m_prediction, level, sample, modelOutput));
        const at::Tensor epsilon = noiseOf(m_prediction, level, sample, modelOutput);
        const float variance = (1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious);
        const float deviation = m_eta * std::sqrt(variance);
        const float direction = std::sqrt(1 - alphaPrevious - deviation * deviation);
        const at::Tensor result = std::sqrt(alphaPrevious) * clean + direction * epsilon;
        return {m_eta > 0 ? result + deviation * noise : result, clean};
    }

private:
    Prediction m_prediction;
    Limit m_limit;
    float m_finalAlpha;
    int m_stride;
    float m_eta;
};

} // namespace

std::unique_ptr<Sampler> makeDdim(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readNoise(reader, {.zeroSnr = ZeroSnr::Exact});
    auto timesteps = wholeTimesteps(readSpacing(reader, "leading"), noise.trainSteps(), settings.steps);
    return std::make_unique<Ddim>(reader, std::move(noise), std::move(timesteps), settings);
}

} // namespace ldm::samplers
