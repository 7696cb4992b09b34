#include "makers.h"
#include "sigmareading.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace ldm::samplers {

namespace {

constexpr std::size_t kOrder = 4;

/// Linear multistep in sigma: the polynomial through the latest slopes, integrated over the step.
class Lms final : public SigmaSampler {
public:
    using SigmaSampler::SigmaSampler;

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& /*noise*/) override {
        const float sigma = m_sigmas.at(index);
        const at::Tensor original = clean(sigma, sample, modelOutput);
        m_slopes.insert(m_slopes.begin(), (sample - original) / sigma);
        if (m_slopes.size() > kOrder) m_slopes.pop_back();
        at::Tensor result = sample;
        for (std::size_t ago = 0; ago < m_slopes.size(); ++ago) result = result + weight(index, ago) * m_slopes[ago];
        return {result, original};
    }

private:
    /// The integral over the step of Lagrange's polynomial that is one at the sigma `ago` runs ago and zero at the
    /// others. Three points of Gauss integrate polynomials up to degree five exactly.
    double weight(std::size_t index, std::size_t ago) const {
        constexpr double kPoints[] = {-0.7745966692414834, 0, 0.7745966692414834};
        constexpr double kWeights[] = {5.0 / 9, 8.0 / 9, 5.0 / 9};
        const double from = m_sigmas.at(index), to = m_sigmas.at(index + 1);
        double sum = 0;
        for (int i = 0; i < 3; ++i)
            sum += kWeights[i] * lagrange(index, ago, (from + to) / 2 + (to - from) / 2 * kPoints[i]);
        return sum * (to - from) / 2;
    }

    double lagrange(std::size_t index, std::size_t ago, double at) const {
        double product = 1;
        for (std::size_t other = 0; other < m_slopes.size(); ++other) {
            if (other == ago) continue;
            const double zero = m_sigmas.at(index - other);
            product *= (at - zero) / (m_sigmas.at(index - ago) - zero);
        }
        return product;
    }

    std::vector<at::Tensor> m_slopes; ///< the latest first
};

} // namespace

std::unique_ptr<Sampler> makeLms(ConfigReader& reader, const SamplerSettings& settings) {
    SigmaReading reading(reader, {}, settings.steps);
    refuseFurtherSigmas(reader);
    if (readFlag(reader, "use_karras_sigmas")) reading.useKarras();
    reading.table.sigmas.push_back(0);
    const Prediction prediction = readPrediction(reader, true);
    return std::make_unique<Lms>(std::move(reading.noise), reading.table, prediction, reading.fromMostNoise());
}

} // namespace ldm::samplers
