#include "families.h"
#include "makers.h"
#include "sigmas.h"
#include "timesteps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace ldm::samplers {

namespace {

constexpr int kHighestOrder = 9;

struct UniPcConfig {
    int order = 2;
    bool predictsClean = true; ///< predict_x0: integrates the clean latent, else the noise
    bool bh1 = false;          ///< B(h) = h, else exp(h) - 1
    bool lowerOrderFinal = true;
    std::vector<int> uncorrected; ///< disable_corrector: steps whose result is taken as predicted
    Prediction prediction = Prediction::Epsilon;
    Limit limit;
};

/// Solves rows * x = right by elimination with pivots, in float32 as torch does.
std::vector<float> solved(std::vector<std::vector<float>> rows, std::vector<float> right) {
    const std::size_t size = right.size();
    for (std::size_t column = 0; column < size; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < size; ++row)
            if (std::abs(rows[row][column]) > std::abs(rows[pivot][column])) pivot = row;
        std::swap(rows[column], rows[pivot]);
        std::swap(right[column], right[pivot]);
        for (std::size_t row = column + 1; row < size; ++row) {
            const float factor = rows[row][column] / rows[column][column];
            for (std::size_t i = column; i < size; ++i) rows[row][i] -= factor * rows[column][i];
            right[row] -= factor * right[column];
        }
    }
    for (std::size_t row = size; row-- > 0;) {
        for (std::size_t i = row + 1; i < size; ++i) right[row] -= rows[row][i] * right[i];
        right[row] /= rows[row][row];
    }
    return right;
}

/// UniPC (Zhao et al. 2023, arXiv 2302.04867): every run first corrects the latent it was given, then predicts the
/// next one.
class UniPc final : public LambdaSampler {
public:
    UniPc(UniPcConfig config, NoiseSchedule noise, const SigmaTable& table)
        : LambdaSampler(std::move(noise), table), m_config(std::move(config)) {}

    Step step(std::size_t index, const at::Tensor& modelOutput, const at::Tensor& sample,
              const at::Tensor& /*noise*/) override {
        const at::Tensor clean =
            m_config.limit.applied(cleanOf(m_config.prediction, level(index), sample, modelOutput));
        const at::Tensor output =
            m_config.predictsClean ? clean : noiseOf(m_config.prediction, level(index), sample, modelOutput);
        const at::Tensor corrected = isCorrected(index) ? moved(index - 1, m_start, output) : sample;
        m_outputs.insert(m_outputs.begin(), output);
        if (m_outputs.size() > static_cast<std::size_t>(m_config.order)) m_outputs.pop_back();
        m_order = static_cast<int>(m_outputs.size());
        if (m_config.lowerOrderFinal) m_order = std::min(m_order, static_cast<int>(m_timesteps.size() - index));
        m_start = corrected;
        return {moved(index, corrected, {}), clean};
    }

private:
    bool isCorrected(std::size_t index) const {
        const auto& skipped = m_config.uncorrected;
        return index > 0 && std::find(skipped.begin(), skipped.end(), static_cast<int>(index) - 1) == skipped.end();
    }

    /// The right side of the order conditions: h phi_{k+1}(h) k! / B(h) for k = 1, 2, ...
    std::vector<float> conditions(float hh, float b) const {
        std::vector<float> result;
        float phi = std::expm1(hh) / hh - 1;
        float factorial = 1;
        for (int k = 1; k <= m_order; ++k) {
            result.push_back(phi * factorial / b);
            factorial *= static_cast<float>(k + 1);
            phi = phi / hh - 1 / factorial;
        }
        return result;
    }

    /// Weights of the differences at the relative places `ratios`; with few the paper's simpler values.
    std::vector<float> weights(const std::vector<float>& ratios, float hh, float b, int simple) const {
        if (m_order == simple) return {0.5F};
        std::vector<std::vector<float>> rows;
        std::vector<float> right = conditions(hh, b);
        right.resize(ratios.size());
        for (std::size_t power = 0; power < ratios.size(); ++power) {
            auto& row = rows.emplace_back();
            for (const float ratio : ratios) row.push_back(std::pow(ratio, static_cast<float>(power)));
        }
        return solved(std::move(rows), std::move(right));
    }

    /// From `sample` at level `from` to the next. Predicts, or, where the output at the end is known, corrects.
    at::Tensor moved(std::size_t from, const at::Tensor& sample, const at::Tensor& outputAtEnd) const {
        const Level start = level(from), end = level(from + 1);
        const float h = lambda(from + 1) - lambda(from), hh = m_config.predictsClean ? -h : h;
        if (h == 0) return sample; // Karras sigmas may end at the level they have reached
        const float b = m_config.bh1 ? hh : std::expm1(hh);
        const float scale = m_config.predictsClean ? end.alpha : end.sigma;
        const float kept = m_config.predictsClean ? end.sigma / start.sigma : end.alpha / start.alpha;
        const at::Tensor& latest = m_outputs.front();
        const at::Tensor straight = kept * sample - scale * std::expm1(hh) * latest;
        std::vector<float> ratios;
        std::vector<at::Tensor> differences;
        for (int ago = 1; ago < m_order; ++ago) {
            const auto back = static_cast<std::size_t>(ago);
            ratios.push_back((lambda(from - back) - lambda(from)) / h);
            differences.push_back((m_outputs[back] - latest) / ratios.back());
        }
        if (outputAtEnd.defined()) {
            ratios.push_back(1);
            differences.push_back(outputAtEnd - latest);
        }
        if (differences.empty()) return straight;
        const std::vector<float> rho = weights(ratios, hh, b, outputAtEnd.defined() ? 1 : 2);
        at::Tensor sum = rho[0] * differences[0];
        for (std::size_t i = 1; i < differences.size(); ++i) sum = sum + rho[i] * differences[i];
        return straight - scale * b * sum;
    }

    UniPcConfig m_config;
    std::vector<at::Tensor> m_outputs; ///< the latest first
    at::Tensor m_start;                ///< the corrected latent of the run before
    int m_order = 1;                   ///< of the latest prediction, and of its correction
};

UniPcConfig readConfig(ConfigReader& reader) {
    UniPcConfig config;
    config.order = reader.integer("solver_order", 2, 1, kHighestOrder);
    config.predictsClean = reader.boolean("predict_x0", true);
    config.bh1 = reader.oneOf("solver_type", "bh2", {"bh1", "bh2", "midpoint", "heun", "logrho"}) == "bh1";
    config.lowerOrderFinal = reader.boolean("lower_order_final", true);
    for (const double step : reader.numbers("disable_corrector"))
        config.uncorrected.push_back(static_cast<int>(std::clamp(step, -1.0, 1e6)));
    config.prediction = readPrediction(reader, true);
    if (config.predictsClean) readThresholding(reader, config.limit);
    reader.only("solver_p", {});
    refuseFurtherSigmas(reader);
    return config;
}

/// The class ended at the smallest training sigma before version 0.28, which brought the key and ends at zero without
/// it. Such a file is read as the version that wrote it read it; one that names no version, as 0.27.2.
const char* finalWithoutKey(ConfigReader& reader) {
    const std::string version = reader.has("_diffusers_version") ? reader.text("_diffusers_version", "") : "";
    int major = 0, minor = 0;
    if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) return "sigma_min";
    return major > 0 || minor >= 28 ? "zero" : "sigma_min";
}

SigmaTable readTable(ConfigReader& reader, const NoiseSchedule& noise, int steps) {
    const std::vector<float> trained = noise.sigmas();
    double last = readFinalSigma(reader, finalWithoutKey(reader), trained);
    SigmaTable table;
    table.timesteps = intervalTimesteps(readSpacing(reader, "linspace"), noise.trainSteps(), noise.trainSteps(), steps);
    if (readFlag(reader, "use_karras_sigmas")) {
        table.sigmas = karrasSigmas(trained.back(), trained.front(), steps);
        table.timesteps = rounded(timestepsOf(table.sigmas, trained));
        if (last > 0) last = table.sigmas.back();
    } else {
        table.sigmas = sigmasAt(table.timesteps, trained);
    }
    table.sigmas.push_back(last);
    return table;
}

} // namespace

std::unique_ptr<Sampler> makeUniPc(ConfigReader& reader, const SamplerSettings& settings) {
    NoiseSchedule noise = readPositiveNoise(reader, {.zeroSnr = ZeroSnr::Nearly});
    UniPcConfig config = readConfig(reader);
    const SigmaTable table = readTable(reader, noise, settings.steps);
    const bool endsInZero = table.sigmas.back() == 0;
    if (endsInZero && !config.predictsClean) reader.refuse("predict_x0", "needs \"final_sigmas_type\" = \"sigma_min\"");
    if (endsInZero && config.order > 1 && !config.lowerOrderFinal && settings.steps > 1)
        reader.refuse("lower_order_final", "needs \"final_sigmas_type\" = \"sigma_min\"");
    return std::make_unique<UniPc>(std::move(config), std::move(noise), table);
}

} // namespace ldm::samplers
