#include "dpmsolver.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ldm::samplers {

namespace {

/// Factors of one step: those of the sample, of the integrand and its derivatives, and of fresh noise.
struct Factors {
    float sample, value, first, second, noise;
};

Factors dataFactors(Level from, Level to, float h) {
    const float decay = std::exp(-h) - 1;
    return {to.sigma / from.sigma, -(to.alpha * decay), to.alpha * (decay / h + 1),
            -(to.alpha * ((decay + h) / (h * h) - 0.5F)), 0};
}

Factors noiseFactors(Level from, Level to, float h) {
    const float growth = std::exp(h) - 1;
    return {to.alpha / from.alpha, -(to.sigma * growth), -(to.sigma * (growth / h - 1)),
            -(to.sigma * ((growth - h) / (h * h) - 0.5F)), 0};
}

Factors stochasticDataFactors(Level from, Level to, float h) {
    const float loss = 1 - std::exp(-2 * h);
    return {to.sigma / from.sigma * std::exp(-h), to.alpha * loss, to.alpha * (loss / (-2 * h) + 1), 0,
            to.sigma * std::sqrt(loss)};
}

Factors stochasticNoiseFactors(Level from, Level to, float h) {
    const float growth = std::exp(h) - 1;
    return {to.alpha / from.alpha, -2 * (to.sigma * growth), -2 * (to.sigma * (growth / h - 1)), 0,
            to.sigma * std::sqrt(std::exp(2 * h) - 1)};
}

} // namespace

DpmConfig readDpm(ConfigReader& reader, bool lowerOrderFinal) {
    DpmConfig config;
    const std::string algorithm = reader.oneOf(
        "algorithm_type", "dpmsolver++", {"dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver", "deis"});
    config.plusPlus = algorithm.ends_with("++") || algorithm == "deis"; // which the class takes for dpmsolver++
    config.stochastic = algorithm.starts_with("sde-");
    config.heun = reader.oneOf("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"}) == "heun";
    config.order = reader.integer("solver_order", 2, 1, 3);
    config.lowerOrderFinal = reader.boolean("lower_order_final", lowerOrderFinal);
    config.zeroFinal = reader.oneOf("final_sigmas_type", "zero", {"zero", "sigma_min"}) == "zero";
    config.prediction = readPrediction(reader, true);
    readThresholding(reader, config.limit);
    if (config.order == 3 && config.stochastic) reader.refuse("solver_order", "is not defined for the sde algorithms");
    if (config.zeroFinal && !config.plusPlus)
        reader.refuse("algorithm_type", "needs \"final_sigmas_type\" = \"sigma_min\"");
    for (const char* learned : {"learned", "learned_range"})
        if (reader.has("variance_type") && reader.text("variance_type", "") == learned)
            reader.refuse("variance_type", "is not computed by this version");
    refuseFurtherSigmas(reader);
    return config;
}

int readLastTimestep(ConfigReader& reader, const NoiseSchedule& noise) {
    constexpr double kEverything = -std::numeric_limits<double>::infinity();
    constexpr double kMost = 1e6;
    const double least = reader.has("lambda_min_clipped")
                             ? reader.number("lambda_min_clipped", 0, -std::numeric_limits<double>::max(), kMost)
                             : kEverything; // which JSON cannot say; it arrives as null
    const auto isKept = [&](float alpha) {
        const Level level = levelOf(alpha);
        return std::log(level.alpha) - std::log(level.sigma) >= static_cast<float>(least);
    };
    const auto& alphas = noise.alphasCumprod;
    const auto kept = std::partition_point(alphas.begin(), alphas.end(), isKept) - alphas.begin();
    if (kept < 1) reader.refuse("lambda_min_clipped", "leaves no timestep");
    return static_cast<int>(kept);
}

DpmSolver::DpmSolver(DpmConfig config, NoiseSchedule noise, const SigmaTable& table)
    : LambdaSampler(std::move(noise), table), m_config(config) {
}

at::Tensor DpmSolver::cleanPart(std::size_t index, const at::Tensor& output, const at::Tensor& sample) const {
    return m_config.limit.applied(cleanOf(m_config.prediction, level(index), sample, output));
}

at::Tensor DpmSolver::integrand(std::size_t index, const at::Tensor& output, const at::Tensor& sample) const {
    if (m_config.plusPlus) return cleanPart(index, output, sample);
    if (!m_config.limit.threshold) return noiseOf(m_config.prediction, level(index), sample, output);
    return noiseOf(Prediction::Sample, level(index), sample, cleanPart(index, output, sample));
}

at::Tensor DpmSolver::moved(std::size_t from, std::size_t to, const at::Tensor& sample, const Expansion& expansion,
                            const at::Tensor& noise) const {
    const auto factorsOf = m_config.plusPlus ? (m_config.stochastic ? stochasticDataFactors : dataFactors)
                                             : (m_config.stochastic ? stochasticNoiseFactors : noiseFactors);
    const float h = lambda(to) - lambda(from);
    if (h == 0) return sample; // Karras sigmas may end at the level they have reached
    const Factors factors = factorsOf(level(from), level(to), h);
    at::Tensor result = factors.sample * sample + factors.value * expansion.value;
    if (expansion.first.defined())
        result = result + (expansion.integrated ? factors.first : 0.5F * factors.value) * expansion.first;
    if (expansion.second.defined()) result = result + factors.second * expansion.second;
    return m_config.stochastic ? result + factors.noise * noise : result;
}

} // namespace ldm::samplers
