#include "makers.h"
#include "sigmareading.h"
#include "sigmas.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

namespace ldm::samplers {

namespace {

/// Euler's method (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn).
class Euler final : public SigmaSampler {
public:
    using SigmaSampler::SigmaSampler;

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& /*noise*/) override {
        const float sigma = m_sigmas.at(index);
        const at::Tensor original = clean(sigma, sample, modelOutput);
        const at::Tensor derivative = (sample - original) / sigma;
        return {sample + derivative * (m_sigmas.at(index + 1) - sigma), original};
    }
};

/// Euler's method down to less noise than wanted, and fresh noise on top.
class EulerAncestral final : public SigmaSampler {
public:
    using SigmaSampler::SigmaSampler;

    bool drawsNoise(std::size_t /*index*/) const override { return true; }

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        const float from = m_sigmas.at(index), to = m_sigmas.at(index + 1);
        const float up = std::sqrt(to * to * (from * from - to * to) / (from * from));
        const float down = std::sqrt(to * to - up * up);
        const at::Tensor original = clean(from, sample, modelOutput);
        const at::Tensor derivative = (sample - original) / from;
        return {sample + derivative * (down - from) + noise * up, original};
    }
};

/// Karras sigmas end where the configuration says, or else where the spaced timesteps do.
void useKarras(ConfigReader& reader, SigmaReading& reading) {
    constexpr double kMost = 1e6;
    const auto& sigmas = reading.table.sigmas;
    const double largest = reader.has("sigma_max") ? reader.number("sigma_max", 0, 1e-6, kMost) : sigmas.front();
    const double smallest = reader.has("sigma_min") ? reader.number("sigma_min", 0, 0, kMost) : sigmas.back();
    if (largest < smallest) reader.refuse("sigma_max", "is smaller than the smallest sigma");
    reading.useKarras(largest, smallest);
    for (double& timestep : reading.table.timesteps) timestep = static_cast<float>(timestep);
}

} // namespace

std::unique_ptr<Sampler> makeEuler(ConfigReader& reader, const SamplerSettings& settings) {
    SigmaReading reading(reader, {.zeroSnr = ZeroSnr::Nearly}, settings.steps);
    reader.only("timestep_type", {"discrete"});
    refuseFurtherSigmas(reader);
    auto& sigmas = reading.table.sigmas;
    if (reader.oneOf("interpolation_type", "linear", {"linear", "log_linear"}) == "log_linear")
        sigmas = logLinearSigmas(reading.noise.sigmas(), settings.steps);
    if (readFlag(reader, "use_karras_sigmas")) useKarras(reader, reading);
    sigmas.push_back(readFinalSigma(reader, "zero", reading.noise.sigmas()));
    const Prediction prediction = readPrediction(reader, true);
    return std::make_unique<Euler>(std::move(reading.noise), reading.table, prediction, reading.fromMostNoise());
}

std::unique_ptr<Sampler> makeEulerAncestral(ConfigReader& reader, const SamplerSettings& settings) {
    SigmaReading reading(reader, {.zeroSnr = ZeroSnr::Nearly}, settings.steps);
    reading.table.sigmas.push_back(0);
    const Prediction prediction = readPrediction(reader, false);
    return std::make_unique<EulerAncestral>(std::move(reading.noise), reading.table, prediction,
                                            reading.fromMostNoise());
}

} // namespace ldm::samplers
