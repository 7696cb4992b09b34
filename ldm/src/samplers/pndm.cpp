#include "families.h"
#include "makers.h"
#include "timesteps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <cmath>
#include <string>
#include <utility>

namespace ldm::samplers {

namespace {

constexpr std::size_t kRungeKuttaRuns = 12; ///< three steps of four runs each

/// Pseudo numerical methods (Liu et al. 2022, arXiv 2202.09778): linear multistep ("PLMS") after a start by either a
/// repeated first step or three pseudo Runge-Kutta steps.
class Pndm final : public TimestepSampler {
public:
    Pndm(ConfigReader& reader, NoiseSchedule noise, std::vector<double> timesteps, int steps, bool rungeKutta)
        : TimestepSampler(std::move(noise), std::move(timesteps)), m_prediction(readPrediction(reader, false)),
          m_finalAlpha(reader.boolean("set_alpha_to_one", false) ? 1 : m_alphasCumprod.front()),
          m_stride(int(m_alphasCumprod.size()) / steps), m_rungeKutta(rungeKutta) {}

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& /*noise*/) override {
        const at::Tensor clean = cleanOf(m_prediction, levelOf(alphaAt(timestep(index))), sample, modelOutput);
        const bool starting = m_rungeKutta && index < kRungeKuttaRuns;
        return {starting ? rungeKutta(index, modelOutput, sample) : multistep(index, modelOutput, sample), clean};
    }

private:
    at::Tensor rungeKutta(std::size_t index, const at::Tensor& output, const at::Tensor& sample) {
        const std::size_t stage = index % 4;
        if (stage == 0) {
            m_outputs.push_back(output);
            m_start = sample;
            m_sum = output * (1.0 / 6);
        } else if (stage < 3) {
            m_sum = m_sum + output * (1.0 / 3);
        }
        const at::Tensor slope = stage == 3 ? m_sum + output * (1.0 / 6) : output;
        const int back = index % 2 == 1 ? 0 : m_stride / 2;
        return moved(m_start, timestep(index - stage), timestep(index) - back, slope);
    }

    at::Tensor multistep(std::size_t index, const at::Tensor& output, const at::Tensor& sample) {
        const int from = timestep(index);
        if (index == 1 && !m_rungeKutta) { // again the first step, now by the mean of both ends
            return moved(m_start, from + m_stride, from, (output + m_outputs.back()) / 2);
        }
        if (index == 0) m_start = sample;
        m_outputs.push_back(output);
        if (m_outputs.size() > 4) m_outputs.erase(m_outputs.begin());
        return moved(sample, from, from - m_stride, extrapolated());
    }

    /// Adams-Bashforth of as many orders as there are outputs.
    at::Tensor extrapolated() const {
        const auto e = [&](std::size_t ago) { return m_outputs[m_outputs.size() - ago]; };
        switch (m_outputs.size()) {
        case 1:
            return e(1);
        case 2:
            return (3 * e(1) - e(2)) / 2;
        case 3:
            return (23 * e(1) - 16 * e(2) + 5 * e(3)) / 12;
        default:
            return (1.0 / 24) * (55 * e(1) - 59 * e(2) + 37 * e(3) - 9 * e(4));
        }
    }

    /// Equation 9 of the paper.
    at::Tensor moved(const at::Tensor& sample, int from, int to, const at::Tensor& output) const {
        const float alpha = alphaAt(from);
        const float alphaTo = to >= 0 ? alphaAt(to) : m_finalAlpha;
        const float beta = 1 - alpha, betaTo = 1 - alphaTo;
        const at::Tensor noise = noiseOf(m_prediction, levelOf(alpha), sample, output);
        const float divisor = alpha * std::sqrt(betaTo) + std::sqrt(alpha * beta * alphaTo);
        return std::sqrt(alphaTo / alpha) * sample - (alphaTo - alpha) * noise / divisor;
    }

    Prediction m_prediction;
    float m_finalAlpha;
    int m_stride;
    bool m_rungeKutta;
    std::vector<at::Tensor> m_outputs; ///< the latest last
    at::Tensor m_start;                ///< the latent a step of several runs began with
    at::Tensor m_sum;
};

/// The second timestep is run twice.
std::vector<double> multistepRuns(std::vector<double> timesteps) {
    if (timesteps.size() > 1) timesteps.insert(timesteps.begin() + 1, timesteps[1]);
    return timesteps;
}

/// Each of the first three steps takes four runs: at its start, twice in its middle and at its end.
std::vector<double> rungeKuttaRuns(const std::vector<double>& timesteps, int stride) {
    std::vector<double> runs;
    for (std::size_t step = 0; step < 3; ++step) {
        const double middle = timesteps[step + 1] + stride / 2;
        runs.insert(runs.end(), {timesteps[step], middle, middle, timesteps[step + 1]});
    }
    runs.insert(runs.end(), timesteps.begin() + 3, timesteps.end());
    return runs;
}

} // namespace

std::unique_ptr<Sampler> makePndm(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readNoise(reader, {});
    const auto timesteps = wholeTimesteps(readSpacing(reader, "leading"), noise.trainSteps(), settings.steps);
    const bool rungeKutta = !reader.boolean("skip_prk_steps", false);
    if (rungeKutta && settings.steps < 4)
        throw badInput("PNDM with Runge-Kutta steps was asked for " + std::to_string(settings.steps) +
                       " steps, but needs at least 4.");
    auto runs = rungeKutta ? rungeKuttaRuns(timesteps, noise.trainSteps() / settings.steps) : multistepRuns(timesteps);
    return std::make_unique<Pndm>(reader, std::move(noise), std::move(runs), settings.steps, rungeKutta);
}

} // namespace ldm::samplers
