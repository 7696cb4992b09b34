#include "noiseschedule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace ldm::samplers {

namespace {

constexpr int kMostTrainSteps = 100000;
constexpr float kNearlyNothing = 1.0F / (1 << 24); ///< the smallest number of float16

double cosine(double time) {
    const double value = std::cos((time + 0.008) / 1.008 * std::numbers::pi / 2);
    return value * value;
}

double exponential(double time) {
    return std::exp(time * -12.0);
}

at::Tensor betasOf(double (*alphaBar)(double), int steps) {
    std::vector<float> betas;
    for (int i = 0; i < steps; ++i) {
        const double beta = 1 - alphaBar((i + 1.0) / steps) / alphaBar(static_cast<double>(i) / steps);
        betas.push_back(static_cast<float>(std::min(beta, 0.999)));
    }
    return at::tensor(betas, at::kFloat);
}

at::Tensor betasOf(const std::string& schedule, double start, double end, int steps) {
    if (schedule == "linear") return at::linspace(start, end, steps, at::kFloat);
    if (schedule == "scaled_linear") return at::linspace(std::sqrt(start), std::sqrt(end), steps, at::kFloat).pow(2);
    if (schedule == "sigmoid") return at::sigmoid(at::linspace(-6, 6, steps, at::kFloat)) * (end - start) + start;
    return betasOf(schedule == "exp" ? exponential : cosine, steps);
}

std::string readSchedule(ConfigReader& reader, const NoiseDefaults& defaults) {
    if (defaults.furtherSchedule)
        return reader.oneOf("beta_schedule", defaults.betaSchedule,
                            {"linear", "scaled_linear", "squaredcos_cap_v2", defaults.furtherSchedule});
    return reader.oneOf("beta_schedule", defaults.betaSchedule, {"linear", "scaled_linear", "squaredcos_cap_v2"});
}

/// Shifts and scales the square roots of the cumulative alphas so that the last timestep is pure noise (Lin et al.
/// 2023, arXiv 2305.08891, algorithm 1).
at::Tensor withZeroTerminalSnr(const at::Tensor& betas) {
    at::Tensor root = at::cumprod(1 - betas, 0).sqrt();
    const at::Tensor first = root[0].clone();
    const at::Tensor last = root[-1].clone();
    root = (root - last) * (first / (first - last));
    const at::Tensor cumulative = root.pow(2);
    const at::Tensor alphas = cumulative.slice(0, 1) / cumulative.slice(0, 0, -1);
    return 1 - at::cat({cumulative.slice(0, 0, 1), alphas});
}

at::Tensor readBetas(ConfigReader& reader, const NoiseDefaults& defaults) {
    const int steps = reader.integer("num_train_timesteps", 1000, 1, kMostTrainSteps);
    const double start = reader.number("beta_start", defaults.betaStart, 0, 1);
    const double end = reader.number("beta_end", defaults.betaEnd, 0, 1);
    const std::string schedule = readSchedule(reader, defaults);
    const std::vector<double> trained = reader.numbers("trained_betas");
    if (trained.empty()) return betasOf(schedule, start, end, steps);
    if (trained.size() != static_cast<std::size_t>(steps))
        reader.refuse("trained_betas", "must have one entry per training timestep");
    if (std::any_of(trained.begin(), trained.end(), [](double beta) { return beta < 0 || beta > 1; }))
        reader.refuse("trained_betas", "must lie between 0 and 1");
    return at::tensor(at::ArrayRef<double>(trained)).to(at::kFloat);
}

} // namespace

std::vector<float> NoiseSchedule::sigmas() const {
    std::vector<float> result;
    for (const float alpha : alphasCumprod) result.push_back(std::sqrt((1 - alpha) / alpha));
    return result;
}

NoiseSchedule readNoise(ConfigReader& reader, const NoiseDefaults& defaults) {
    at::Tensor betas = readBetas(reader, defaults);
    const bool zeroSnr = defaults.zeroSnr != ZeroSnr::Unknown && reader.boolean("rescale_betas_zero_snr", false);
    if (zeroSnr && betas.numel() < 2) reader.refuse("rescale_betas_zero_snr", "needs more than one training timestep");
    if (zeroSnr) betas = withZeroTerminalSnr(betas);
    const at::Tensor cumulative = at::cumprod(1 - betas, 0).contiguous();
    const float* values = cumulative.data_ptr<float>();
    NoiseSchedule noise{{values, values + cumulative.numel()}};
    if (zeroSnr && defaults.zeroSnr == ZeroSnr::Nearly) noise.alphasCumprod.back() = kNearlyNothing;
    if (!std::all_of(noise.alphasCumprod.begin(), noise.alphasCumprod.end(), [](float a) { return std::isfinite(a); }))
        reader.refuse("rescale_betas_zero_snr", "cannot be done with these betas");
    return noise;
}

NoiseSchedule readPositiveNoise(ConfigReader& reader, const NoiseDefaults& defaults) {
    NoiseSchedule noise = readNoise(reader, defaults);
    const std::vector<float> sigmas = noise.sigmas();
    if (!(sigmas.front() > 0))
        reader.refuse("beta_start", "gives a first timestep without noise, which this sampler cannot compute");
    if (!std::isfinite(sigmas.back()))
        reader.refuse("beta_end", "leaves nothing of the picture at the last timestep, which this sampler cannot "
                                  "compute");
    return noise;
}

} // namespace ldm::samplers
