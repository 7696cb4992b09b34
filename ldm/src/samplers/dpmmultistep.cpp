#include "dpmsolver.h"
#include "makers.h"
#include "sigmas.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

namespace ldm::samplers {

namespace {

/// Fewer steps than this end with lower orders where the configuration says so.
constexpr std::size_t kFewSteps = 15;

/// DPM-Solver and DPM-Solver++ (Lu et al. 2022, arXiv 2206.00927 and 2211.01095), multistep: derivatives come from the
/// runs before.
class DpmMultistep final : public DpmSolver {
public:
    DpmMultistep(DpmConfig dpm, NoiseSchedule noise, const SigmaTable& table, bool eulerAtFinal)
        : DpmSolver(dpm, std::move(noise), table), m_eulerAtFinal(eulerAtFinal) {}

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        m_outputs.insert(m_outputs.begin(), integrand(index, modelOutput, sample));
        if (m_outputs.size() > 3) m_outputs.pop_back();
        const at::Tensor result = moved(index, index + 1, sample, expansion(index), noise);
        return {result, config().plusPlus ? m_outputs.front() : cleanPart(index, modelOutput, sample)};
    }

private:
    int order(std::size_t index) const {
        const std::size_t left = m_timesteps.size() - index;
        const bool lower = config().lowerOrderFinal && m_timesteps.size() < kFewSteps;
        int most = std::min(config().order, static_cast<int>(m_outputs.size()));
        if (left == 2 && lower) most = std::min(most, 2);
        if (left == 1 && (lower || m_eulerAtFinal || config().zeroFinal)) most = 1;
        return most;
    }

    Expansion expansion(std::size_t index) const {
        const at::Tensor& now = m_outputs[0];
        const int terms = order(index);
        if (terms == 1) return {now, {}, {}};
        const float h = lambda(index + 1) - lambda(index);
        const float r0 = (lambda(index) - lambda(index - 1)) / h;
        const at::Tensor slope = 1 / r0 * (now - m_outputs[1]);
        if (terms == 2) return {now, slope, {}, config().heun};
        const float r1 = (lambda(index - 1) - lambda(index - 2)) / h;
        const at::Tensor bend = slope - 1 / r1 * (m_outputs[1] - m_outputs[2]);
        return {now, slope + r0 / (r0 + r1) * bend, 1 / (r0 + r1) * bend, true};
    }

    bool m_eulerAtFinal;
    std::vector<at::Tensor> m_outputs; ///< integrands, the latest first
};

SigmaTable readTable(ConfigReader& reader, const NoiseSchedule& noise, bool zeroFinal, int steps) {
    const std::vector<float> trained = noise.sigmas();
    const bool karras = readFlag(reader, "use_karras_sigmas"), lu = readFlag(reader, "use_lu_lambdas");
    SigmaTable table;
    table.timesteps =
        intervalTimesteps(readSpacing(reader, "linspace"), noise.trainSteps(), readLastTimestep(reader, noise), steps);
    if (karras || lu) {
        table.sigmas = karras ? karrasSigmas(trained.back(), trained.front(), steps) : luSigmas(trained, steps);
        table.timesteps = rounded(timestepsOf(table.sigmas, trained));
    } else {
        table.sigmas = sigmasAt(table.timesteps, trained);
    }
    table.sigmas.push_back(zeroFinal ? 0 : trained.front());
    return table;
}

} // namespace

std::unique_ptr<Sampler> makeDpmMultistep(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readPositiveNoise(reader, {.zeroSnr = ZeroSnr::Nearly});
    const DpmConfig dpm = readDpm(reader, true);
    const SigmaTable table = readTable(reader, noise, dpm.zeroFinal, settings.steps);
    return std::make_unique<DpmMultistep>(dpm, std::move(noise), table, reader.boolean("euler_at_final", false));
}

} // namespace ldm::samplers
