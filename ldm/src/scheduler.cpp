#include "configreading.h"

#include <ldm/error.h>
#include <ldm/scheduler.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace ldm {

namespace {

constexpr int kMostTrainSteps = 100000;

double alphaBar(double time) {
    const double cosine = std::cos((time + 0.008) / 1.008 * std::numbers::pi / 2);
    return cosine * cosine;
}

at::Tensor cosineBetas(int steps) {
    std::vector<float> betas;
    for (int i = 0; i < steps; ++i) {
        const double beta = 1 - alphaBar((i + 1.0) / steps) / alphaBar(static_cast<double>(i) / steps);
        betas.push_back(static_cast<float>(std::min(beta, 0.999)));
    }
    return at::tensor(betas, at::kFloat);
}

at::Tensor betasOf(const DdimConfig& config) {
    if (!config.trainedBetas.empty()) return at::tensor(at::ArrayRef<double>(config.trainedBetas)).to(at::kFloat);
    if (config.betaSchedule == "linear")
        return at::linspace(config.betaStart, config.betaEnd, config.trainSteps, at::kFloat);
    if (config.betaSchedule == "scaled_linear")
        return at::linspace(std::sqrt(config.betaStart), std::sqrt(config.betaEnd), config.trainSteps, at::kFloat)
            .pow(2);
    return cosineBetas(config.trainSteps);
}

/// Shifts and scales the square roots of the cumulative alphas so that the last timestep is pure noise.
at::Tensor withZeroTerminalSnr(const at::Tensor& betas) {
    at::Tensor root = at::cumprod(1 - betas, 0).sqrt();
    const at::Tensor first = root[0].clone();
    const at::Tensor last = root[-1].clone();
    root = (root - last) * (first / (first - last));
    const at::Tensor cumulative = root.pow(2);
    const at::Tensor alphas = cumulative.slice(0, 1) / cumulative.slice(0, 0, -1);
    return 1 - at::cat({cumulative.slice(0, 0, 1), alphas});
}

/// numpy's arange and linspace in double, rounded to even, as diffusers' set_timesteps. For some step counts numpy's
/// arange yields one step more, at timestep -1; that is an accident and not followed.
std::vector<int> timestepsOf(const DdimConfig& config, int steps) {
    std::vector<int> timesteps;
    const double count = config.trainSteps;
    for (int i = 0; i < steps; ++i) {
        double value = 0;
        if (config.timestepSpacing == "leading")
            value = (steps - 1 - i) * (config.trainSteps / steps) + config.stepsOffset;
        else if (config.timestepSpacing == "trailing")
            value = std::nearbyint(count - i * (count - (count - count / steps))) - 1;
        else if (steps > 1)
            value = std::nearbyint(i == 0 ? count - 1 : (steps - 1 - i) * ((count - 1) / (steps - 1)));
        timesteps.push_back(static_cast<int>(value));
    }
    return timesteps;
}

} // namespace

DdimConfig DdimConfig::parse(const nlohmann::json& json, const std::string& file) {
    ConfigReader reader(json, file);
    DdimConfig config;
    config.trainSteps = reader.integer("num_train_timesteps", config.trainSteps, 1, kMostTrainSteps);
    config.betaStart = reader.number("beta_start", config.betaStart, 0, 1);
    config.betaEnd = reader.number("beta_end", config.betaEnd, 0, 1);
    config.betaSchedule =
        reader.oneOf("beta_schedule", config.betaSchedule, {"linear", "scaled_linear", "squaredcos_cap_v2"});
    config.trainedBetas = reader.numbers("trained_betas");
    const bool trained = !config.trainedBetas.empty();
    if (trained && config.trainedBetas.size() != static_cast<std::size_t>(config.trainSteps))
        reader.refuse("trained_betas", "must have one entry per training timestep");
    if (std::any_of(config.trainedBetas.begin(), config.trainedBetas.end(), [](double b) { return b < 0 || b > 1; }))
        reader.refuse("trained_betas", "must lie between 0 and 1");
    config.clipSample = reader.boolean("clip_sample", config.clipSample);
    config.clipSampleRange = reader.number("clip_sample_range", config.clipSampleRange, 0, 1e6);
    config.setAlphaToOne = reader.boolean("set_alpha_to_one", config.setAlphaToOne);
    config.stepsOffset = reader.integer("steps_offset", config.stepsOffset, 0, kMostTrainSteps);
    config.predictionType =
        reader.oneOf("prediction_type", config.predictionType, {"epsilon", "v_prediction", "sample"});
    config.timestepSpacing =
        reader.oneOf("timestep_spacing", config.timestepSpacing, {"leading", "trailing", "linspace"});
    config.rescaleBetasZeroSnr = reader.boolean("rescale_betas_zero_snr", false);
    reader.only("thresholding", {false});
    return config; // keys of other schedulers' classes are not DDIM's business, as in DDIMScheduler.from_config
}

Ddim::Ddim(DdimConfig config, int steps) : m_config(std::move(config)) {
    if (steps < 1 || steps > m_config.trainSteps)
        throw badInput("A sampler of " + std::to_string(steps) + " steps was asked for, but the model allows 1 to " +
                       std::to_string(m_config.trainSteps) + ".");
    at::Tensor betas = betasOf(m_config);
    if (m_config.rescaleBetasZeroSnr) betas = withZeroTerminalSnr(betas);
    const at::Tensor cumulative = at::cumprod(1 - betas, 0).contiguous();
    const float* values = cumulative.data_ptr<float>();
    m_alphasCumprod.assign(values, values + cumulative.numel());
    m_finalAlphaCumprod = m_config.setAlphaToOne ? 1.0F : m_alphasCumprod.front();
    m_stride = m_config.trainSteps / steps;
    m_timesteps = timestepsOf(m_config, steps);
    if (m_timesteps.front() >= m_config.trainSteps)
        throw badInput("With " + std::to_string(steps) + " steps and the scheduler's steps_offset of " +
                       std::to_string(m_config.stepsOffset) +
                       " the first timestep would be beyond the last trained one, " +
                       std::to_string(m_config.trainSteps - 1) + "; use fewer steps.");
}

at::Tensor Ddim::step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample, double eta,
                      const at::Tensor& noise) const {
    const int timestep = m_timesteps.at(index);
    const int previous = timestep - m_stride;
    const float alpha = m_alphasCumprod[static_cast<std::size_t>(timestep)];
    const float alphaPrevious =
        previous >= 0 ? m_alphasCumprod[static_cast<std::size_t>(previous)] : m_finalAlphaCumprod;
    const float beta = 1 - alpha;
    const float rootAlpha = std::sqrt(alpha), rootBeta = std::sqrt(beta);

    at::Tensor original, epsilon;
    if (m_config.predictionType == "epsilon") {
        original = (sample - rootBeta * modelOutput) / rootAlpha;
        epsilon = modelOutput;
    } else if (m_config.predictionType == "sample") {
        original = modelOutput;
        epsilon = (sample - rootAlpha * original) / rootBeta;
    } else {
        original = rootAlpha * sample - rootBeta * modelOutput;
        epsilon = rootAlpha * modelOutput + rootBeta * sample;
    }
    if (m_config.clipSample) original = original.clamp(-m_config.clipSampleRange, m_config.clipSampleRange);

    const float variance = (1 - alphaPrevious) / beta * (1 - alpha / alphaPrevious);
    const float deviation = static_cast<float>(eta) * std::sqrt(variance);
    const float direction = std::sqrt(1 - alphaPrevious - deviation * deviation);
    at::Tensor result = std::sqrt(alphaPrevious) * original + direction * epsilon;
    return eta > 0 ? result + deviation * noise : result;
}

} // namespace ldm
