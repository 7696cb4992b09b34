#include "dpmsolver.h"
#include "makers.h"
#include "sigmas.h"

#include <ATen/ATen.h>

#include <string>
#include <utility>

namespace ldm::samplers {

namespace {

/// The order of every run: groups of 1, 2, ... up to the solver's order, and, where the end is of lower order, a
/// shorter last group. As diffusers lays them out.
std::vector<int> ordersOf(int order, int steps, bool lowerFinal) {
    std::vector<int> orders;
    for (int step = 0; step < steps; ++step) orders.push_back(step % order + 1);
    if (!lowerFinal) return orders;
    if (order == 3 && steps % 3 == 0) orders.back() = 1;
    if (order == 2 && steps % 2 == 0) orders.back() = 1;
    return orders;
}

/// DPM-Solver and DPM-Solver++ in single steps: each group of runs starts again from the latent it began with.
class DpmSinglestep final : public DpmSolver {
public:
    DpmSinglestep(DpmConfig dpm, NoiseSchedule noise, const SigmaTable& table, std::vector<int> orders)
        : DpmSolver(dpm, std::move(noise), table), m_orders(std::move(orders)) {}

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& noise) override {
        const int order = m_orders.at(index);
        if (order == 1) {
            m_start = sample;
            m_outputs.clear();
        }
        m_outputs.push_back(integrand(index, modelOutput, sample));
        const std::size_t first = index + 1 - static_cast<std::size_t>(order);
        const at::Tensor result = moved(first, index + 1, m_start, expansion(first, index + 1), noise);
        return {result, config().plusPlus ? m_outputs.back() : cleanPart(index, modelOutput, sample)};
    }

private:
    /// Around the group's first run.
    Expansion expansion(std::size_t first, std::size_t to) const {
        const at::Tensor& start = m_outputs.front();
        if (m_outputs.size() == 1) return {start, {}, {}};
        const float h = lambda(to) - lambda(first);
        const auto ratio = [&](std::size_t run) { return (lambda(first + run) - lambda(first)) / h; };
        const auto slope = [&](std::size_t run) { return 1 / ratio(run) * (m_outputs[run] - start); };
        if (m_outputs.size() == 2) return {start, slope(1), {}, config().heun};
        if (!config().heun) return {start, slope(2), {}, true};
        const float near = ratio(1), far = ratio(2);
        const at::Tensor nearSlope = slope(1), farSlope = slope(2);
        return {start, (far * nearSlope - near * farSlope) / (far - near), 2 * (farSlope - nearSlope) / (far - near),
                true};
    }

    std::vector<int> m_orders;
    at::Tensor m_start;
    std::vector<at::Tensor> m_outputs; ///< integrands of the group, the first first
};

} // namespace

std::unique_ptr<Sampler> makeDpmSinglestep(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readPositiveNoise(reader, {});
    const DpmConfig dpm = readDpm(reader, false);
    if (dpm.limit.threshold && !dpm.plusPlus)
        reader.refuse("thresholding", "is not defined for this \"algorithm_type\"");
    const std::vector<float> trained = noise.sigmas();
    SigmaTable table;
    table.timesteps = intervalTimesteps({}, noise.trainSteps(), readLastTimestep(reader, noise), settings.steps);
    if (readFlag(reader, "use_karras_sigmas")) {
        table.sigmas = karrasSigmas(trained.back(), trained.front(), settings.steps);
        table.timesteps = rounded(timestepsOf(table.sigmas, trained));
    } else {
        table.sigmas = sigmasAt(table.timesteps, trained);
    }
    table.sigmas.push_back(dpm.zeroFinal ? 0 : trained.front());
    const bool lowerFinal = dpm.lowerOrderFinal || dpm.zeroFinal || settings.steps % dpm.order != 0;
    auto orders = ordersOf(dpm.order, settings.steps, lowerFinal);
    if (dpm.zeroFinal && orders.back() > 1)
        reader.refuse("solver_order", "cannot end without noise after " + std::to_string(settings.steps) +
                                          " steps; use one step more or less");
    return std::make_unique<DpmSinglestep>(dpm, std::move(noise), table, std::move(orders));
}

} // namespace ldm::samplers
