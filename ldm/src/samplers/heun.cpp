#include "makers.h"
#include "sigmareading.h"

#include <ATen/ATen.h>

#include <utility>

namespace ldm::samplers {

namespace {

/// Heun's method (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn): every step but the last takes two
/// runs, one at each of its ends, and moves by the mean of the slopes.
class Heun final : public SigmaSampler {
public:
    Heun(NoiseSchedule noise, const SigmaTable& table, Prediction prediction, bool fromMostNoise, Limit limit)
        : SigmaSampler(std::move(noise), table, prediction, fromMostNoise), m_limit(limit) {}

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& /*noise*/) override {
        const float sigma = m_sigmas.at(index);
        const at::Tensor original = m_limit.applied(clean(sigma, sample, modelOutput));
        const at::Tensor slope = (sample - original) / sigma;
        if (index % 2 == 0) {
            m_slope = slope;
            m_start = sample;
            m_distance = m_sigmas.at(index + 1) - sigma;
            return {sample + slope * m_distance, original};
        }
        return {m_start + (m_slope + slope) / 2 * m_distance, original};
    }

private:
    Limit m_limit;
    at::Tensor m_slope;
    at::Tensor m_start;
    float m_distance = 0;
};

/// Every value but the first twice.
std::vector<double> twice(const std::vector<double>& values) {
    std::vector<double> result{values.front()};
    for (std::size_t i = 1; i < values.size(); ++i) result.insert(result.end(), 2, values[i]);
    return result;
}

} // namespace

std::unique_ptr<Sampler> makeHeun(ConfigReader& reader, const SamplerSettings& settings) {
    SigmaReading reading(reader, {.betaStart = 0.00085, .betaEnd = 0.012, .furtherSchedule = "exp"}, settings.steps);
    refuseFurtherSigmas(reader);
    if (readFlag(reader, "use_karras_sigmas")) reading.useKarras();
    reading.table = {twice(reading.table.timesteps), twice(reading.table.sigmas)};
    reading.table.sigmas.push_back(0);
    const Prediction prediction = readPrediction(reader, false);
    Limit limit;
    readClipping(reader, false, limit);
    return std::make_unique<Heun>(std::move(reading.noise), reading.table, prediction, reading.fromMostNoise(), limit);
}

} // namespace ldm::samplers
