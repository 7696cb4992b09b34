#pragma once

#include "cases.h"

#include <ldm/denoise.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <map>

namespace support {

/// Remembers every layer's input and output.
class CapturingArithmetic final : public ldm::ForwardingArithmetic {
public:
    struct Captured {
        const ldm::Layer* layer = nullptr;
        at::Tensor x, y;
    };
    explicit CapturingArithmetic(ldm::Arithmetic& inner) : ForwardingArithmetic(inner) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        return keep(layer, x, inner().linear(layer, x));
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        return keep(layer, x, inner().conv2d(layer, x));
    }
    std::map<int, Captured> captured; ///< by layer index

private:
    at::Tensor keep(const ldm::Layer& layer, const at::Tensor& x, at::Tensor y) {
        captured[layer.id] = {&layer, x.clone(), y.clone()};
        return y;
    }
};

inline ldm::GenerateSettings samplingOf(const analysis::AnalysisSettings& settings, std::size_t prompt) {
    ldm::GenerateSettings sampling;
    sampling.prompt = settings.prompts[prompt];
    sampling.negative = settings.negative;
    sampling.scheduler = settings.scheduler;
    sampling.steps = settings.steps;
    sampling.guidance = settings.guidance;
    sampling.seed = settings.seed + prompt;
    return sampling;
}

/// The definitions spelled out with recipes: one prompt after the other, one step at a time, nothing batched, kept or
/// cut short.
class Reference {
public:
    Reference(const ldm::Model& model, analysis::AnalysisSettings settings)
        : m_model(model), m_settings(std::move(settings)) {
        std::vector<ldm::GenerateSettings> runs;
        for (std::size_t i = 0; i < m_settings.prompts.size(); ++i) runs.push_back(samplingOf(m_settings, i));
        quant::CalibrationSettings how;
        how.steps = m_settings.calibration;
        m_calibration = *quant::calibrate(model, runs, how);
        for (const auto& run : runs) m_conditionings.push_back(ldm::prepare(model.networks(), {run}));
    }

    const quant::Calibration& calibration() const { return m_calibration; }

    /// Everything in `format`, but layers that match `pattern` in full precision; or the other way round.
    enum class Quantized { Match, Rest };
    quant::Recipe recipe(const std::string& pattern, quant::Format format, Quantized what) const {
        quant::Recipe recipe;
        recipe.base = what == Quantized::Rest ? format : quant::Format{};
        const quant::Format matching = what == Quantized::Rest ? quant::Format{} : format;
        recipe.rules = {{pattern, matching.weights, matching.activations, std::nullopt, ""}};
        return recipe;
    }

    /// Decibels at the predicted noise by run, from the full-precision latents.
    std::vector<double> atNoise(const quant::Recipe& recipe) {
        const c10::InferenceMode inference;
        auto arithmetic = simulated(recipe);
        std::vector<quant::ErrorSums> sums;
        for (const auto& conditioning : m_conditionings) {
            ldm::Trajectory full(networks(), conditioning);
            for (; !full.done();) {
                auto state = full.state();
                state.keyValues = nullptr;
                sums.resize(std::max(sums.size(), full.index() + 1));
                const at::Tensor noise = networks().unet.finish(networks().unetArithmetic, state);
                sums[full.index()] += quant::errorSums(noise, networks().unet.finish(arithmetic, state));
                full.advance(noise);
            }
        }
        std::vector<double> db;
        for (const auto& sum : sums) db.push_back(sum.db());
        return db;
    }

    /// Decibels at the latent after the last step, along the recipe's own trajectory.
    double atEnd(const quant::Recipe& recipe) {
        const c10::InferenceMode inference;
        auto arithmetic = simulated(recipe);
        quant::ErrorSums sums;
        for (const auto& conditioning : m_conditionings)
            sums +=
                quant::errorSums(followed(conditioning, networks().unetArithmetic), followed(conditioning, arithmetic));
        return sums.db();
    }

    /// Calls back with all layers of the full-precision run and of the recipe's own trajectory, run by run.
    template <typename Look> void sideBySide(const quant::Recipe& recipe, const Look& look) {
        const c10::InferenceMode inference;
        auto arithmetic = simulated(recipe);
        for (const auto& conditioning : m_conditionings) {
            ldm::Trajectory full(networks(), conditioning), altered(networks(), conditioning);
            while (!full.done()) {
                CapturingArithmetic watchedFull(networks().unetArithmetic), watchedAltered(arithmetic);
                const int column = int(full.index());
                full.advance(captured(watchedFull, full));
                altered.advance(captured(watchedAltered, altered));
                look(column, watchedFull.captured, watchedAltered.captured);
            }
        }
    }

private:
    ldm::Networks& networks() { return m_model.networks(); }

    quant::SimulatedArithmetic simulated(const quant::Recipe& recipe) {
        return {networks().unetArithmetic, quant::resolve(recipe, m_model.info()), m_calibration};
    }

    at::Tensor captured(ldm::Arithmetic& arithmetic, const ldm::Trajectory& trajectory) {
        auto state = trajectory.state();
        state.keyValues = nullptr;
        return networks().unet.finish(arithmetic, state);
    }

    at::Tensor followed(const ldm::Conditioning& conditioning, ldm::Arithmetic& arithmetic) {
        ldm::Trajectory trajectory(networks(), conditioning);
        while (!trajectory.done()) trajectory.advance(networks().unet.finish(arithmetic, trajectory.state()));
        return trajectory.denoised();
    }

    ldm::Model m_model;
    analysis::AnalysisSettings m_settings;
    quant::Calibration m_calibration;
    std::vector<ldm::Conditioning> m_conditionings;
};

} // namespace support
