#include "sigmas.h"

#include "timesteps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace ldm::samplers {

namespace {

constexpr double kKarrasRho = 7;

std::vector<float> logarithms(const std::vector<float>& values) {
    std::vector<float> result;
    for (const float value : values) result.push_back(std::log(value));
    return result;
}

double timestepOf(double sigma, const std::vector<float>& logs) {
    if (logs.size() < 2) return 0;
    const double log = std::log(std::max(sigma, 1e-10));
    const auto above = std::upper_bound(logs.begin(), logs.end(), static_cast<float>(log));
    const auto low = std::clamp<std::ptrdiff_t>(above - logs.begin() - 1, 0, std::ptrdiff_t(logs.size()) - 2);
    const float below = logs[std::size_t(low)], next = logs[std::size_t(low) + 1];
    const double share = std::clamp((below - log) / static_cast<double>(below - next), 0.0, 1.0);
    return (1 - share) * double(low) + share * double(low + 1);
}

} // namespace

std::vector<double> sigmasAt(const std::vector<double>& timesteps, const std::vector<float>& trained) {
    std::vector<double> result;
    const double last = static_cast<double>(trained.size() - 1);
    for (const double timestep : timesteps) {
        const double at = std::clamp(timestep, 0.0, last);
        const auto low = static_cast<std::size_t>(at);
        const double below = trained[low], above = trained[std::min(low + 1, trained.size() - 1)];
        result.push_back((above - below) * (at - static_cast<double>(low)) + below);
    }
    return result;
}

std::vector<double> karrasSigmas(double largest, double smallest, int steps) {
    const double first = std::pow(largest, 1 / kKarrasRho), last = std::pow(smallest, 1 / kKarrasRho);
    std::vector<double> result;
    for (const double share : linspace(0, 1, steps))
        result.push_back(std::pow(first + share * (last - first), kKarrasRho));
    return result;
}

std::vector<double> luSigmas(const std::vector<float>& trained, int steps) {
    const double first = std::log(trained.back()), last = std::log(trained.front());
    std::vector<double> result;
    for (const double share : linspace(0, 1, steps)) result.push_back(std::exp(first + share * (last - first)));
    return result;
}

std::vector<double> logLinearSigmas(const std::vector<float>& trained, int steps) {
    const at::Tensor table = at::linspace(std::log(trained.back()), std::log(trained.front()), steps + 1, at::kFloat);
    const at::Tensor values = table.exp().contiguous();
    return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

std::vector<double> timestepsOf(const std::vector<double>& sigmas, const std::vector<float>& trained) {
    const std::vector<float> logs = logarithms(trained);
    std::vector<double> result;
    for (const double sigma : sigmas) result.push_back(timestepOf(sigma, logs));
    return result;
}

std::vector<float> toFloat(const std::vector<double>& values) {
    std::vector<float> result;
    for (const double value : values) result.push_back(static_cast<float>(value));
    return result;
}

} // namespace ldm::samplers
