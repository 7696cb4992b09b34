#include "families.h"

#include "sigmas.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ldm::samplers {

TimestepSampler::TimestepSampler(NoiseSchedule noise, std::vector<double> timesteps) {
    m_alphasCumprod = std::move(noise.alphasCumprod);
    m_timesteps = std::move(timesteps);
}

at::Tensor TimestepSampler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const {
    const Level level = levelOf(alphaAt(timestep(index)));
    return level.alpha * clean + level.sigma * noise;
}

void TimestepSampler::requireSignal(const ConfigReader& reader, Prediction prediction) const {
    if (prediction != Prediction::Epsilon) return;
    if (std::any_of(m_timesteps.begin(), m_timesteps.end(), [&](double t) { return alphaAt(int(t)) == 0; }))
        reader.refuse("rescale_betas_zero_snr", "leaves pure noise at the first step, from which a model that "
                                                "predicts noise cannot start; it is made for v_prediction");
}

SigmaSampler::SigmaSampler(NoiseSchedule noise, const SigmaTable& table, Prediction prediction, bool fromMostNoise)
    : m_prediction(prediction) {
    m_alphasCumprod = std::move(noise.alphasCumprod);
    m_timesteps = table.timesteps;
    m_sigmas = toFloat(table.sigmas);
    const float largest = *std::max_element(m_sigmas.begin(), m_sigmas.end());
    m_initialSigma = fromMostNoise ? largest : std::sqrt(largest * largest + 1);
}

at::Tensor SigmaSampler::input(std::size_t index, const at::Tensor& sample) const {
    const float sigma = m_sigmas.at(index);
    return sample / std::sqrt(sigma * sigma + 1);
}

at::Tensor SigmaSampler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const {
    return clean + noise * m_sigmas.at(index);
}

LambdaSampler::LambdaSampler(NoiseSchedule noise, const SigmaTable& table) {
    m_alphasCumprod = std::move(noise.alphasCumprod);
    m_timesteps = table.timesteps;
    m_sigmas = toFloat(table.sigmas);
}

Level LambdaSampler::level(std::size_t index) const {
    const float sigma = m_sigmas.at(index);
    const float alpha = 1 / std::sqrt(sigma * sigma + 1);
    return {alpha, sigma * alpha};
}

float LambdaSampler::lambda(std::size_t index) const {
    const Level at = level(index);
    return std::log(at.alpha) - std::log(at.sigma);
}

at::Tensor LambdaSampler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const {
    const Level at = level(index);
    return at.alpha * clean + at.sigma * noise;
}

void refuseFurtherSigmas(ConfigReader& reader) {
    for (const char* key : {"use_exponential_sigmas", "use_beta_sigmas", "use_flow_sigmas"})
        if (readFlag(reader, key)) reader.refuse(key, "is not computed by this version");
}

double readFinalSigma(ConfigReader& reader, const char* fallback, const std::vector<float>& trained) {
    return reader.oneOf("final_sigmas_type", fallback, {"zero", "sigma_min"}) == "zero" ? 0 : trained.front();
}

} // namespace ldm::samplers
