#include <quant/simulated.h>

#include <quant/integersupport.h>
#include <quant/quantize.h>

#include "treatedlayer.h"

#include <ldm/error.h>
#include <ldm/weightcache.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

namespace quant {

struct SimulatedArithmetic::Impl {
    std::shared_ptr<KeptWeights> weights;
    ldm::WeightCache<std::pair<int, WeightFormat>, TreatedLayer> treatedWeights{ldm::kKeptWeightBytes};
    Plan plan;
    Calibration calibration;
    Treatment treatment;
    const std::vector<Format>* formats = nullptr; ///< of the present segment
    int interval = 0;                             ///< of the calibration, the present one

    Format format(const ldm::Layer& layer) const { return formats->at(static_cast<std::size_t>(layer.id)); }

    /// `index` is that of the range.
    at::Tensor quantized(int index, const ldm::Layer& layer, ActivationFormat format, const at::Tensor& x) const {
        const Range range = isCalibrated(format) ? calibration.range(index, format, interval) : Range{};
        return quantizedActivations(x, format, range, layer.kind);
    }

    at::Tensor input(const ldm::Layer& layer, const at::Tensor& x) const {
        return quantized(layer.id, layer, format(layer).activations, x);
    }

    at::Tensor runTreated(const ldm::Layer& layer, const LayerTreatment& treated, const at::Tensor& x) {
        const Format now = format(layer);
        const std::int64_t dim = channelDim(layer, x);
        const at::Tensor smoothed = treated.smoothedInput(x, dim);
        std::vector<at::Tensor> parts = treated.quantizedParts(smoothed, dim);
        parts.front() = quantized(layer.id, layer, now.activations, parts.front());
        if (parts.size() > 1) parts.back() = quantized(treated.splitInput, layer, now.activations, parts.back());
        const auto make = [&] { return TreatedLayer(layer, treated, now.weights, x.device()); };
        return treatedWeights.get({layer.id, now.weights}, make)
            .run(parts.size() > 1 ? at::cat(parts, dim) : parts.front(), smoothed);
    }

    /// By integers where both operands are such and the products are exact.
    std::optional<at::Tensor> runIntegers(const ldm::Layer& layer, Format format, const at::Tensor& x) {
        if (integerSupport(format) != IntegerSupport::Exact || !x.is_cpu()) return std::nullopt;
        const auto integers = weights->integers(layer, format.weights);
        if (!integers) return std::nullopt;
        return integers->run(
            x, activationScale(calibration.range(layer.id, format.activations, interval), format.activations));
    }

    at::Tensor run(const ldm::Layer& layer, ldm::Arithmetic& full, const at::Tensor& x) {
        const Format now = format(layer);
        if (auto result = runIntegers(layer, now, x)) return *result;
        const at::Tensor quantizedInput = input(layer, x);
        if (now.weights != WeightFormat::Fp32) return weights->get(layer, now.weights, x.device()).run(quantizedInput);
        return inFull(layer, full, quantizedInput);
    }

    static at::Tensor inFull(const ldm::Layer& layer, ldm::Arithmetic& full, const at::Tensor& x) {
        return layer.kind == ldm::LayerKind::Linear ? full.linear(layer, x) : full.conv2d(layer, x);
    }

    at::Tensor compute(const ldm::Layer& layer, ldm::Arithmetic& full, const at::Tensor& x) {
        const LayerTreatment* treated = treatment.find(layer.id);
        if (!treated) return run(layer, full, x);
        return treated->exact ? inFull(layer, full, x) : runTreated(layer, *treated, x);
    }
};

SimulatedArithmetic::SimulatedArithmetic(ldm::Arithmetic& full, Plan plan, Calibration calibration, Treatment treatment,
                                         std::shared_ptr<KeptWeights> kept)
    : ldm::ForwardingArithmetic(full), m_impl(new Impl) {
    m_impl->weights = std::move(kept);
    apply(std::move(plan), std::move(calibration), std::move(treatment));
}

SimulatedArithmetic::~SimulatedArithmetic() = default;

void SimulatedArithmetic::apply(Plan plan, Calibration calibration, Treatment treatment) {
    if (needsCalibration(plan) &&
        calibration.layers() != plan.segments.front().formats.size() + treatment.splitInputs())
        throw ldm::Error(
            ldm::ErrorKind::Failed,
            "the plan quantizes activations but no ranges were calibrated for its model; calibrate first.");
    m_impl->plan = std::move(plan);
    m_impl->calibration = std::move(calibration);
    if (m_impl->treatment != treatment) m_impl->treatedWeights.clear();
    m_impl->treatment = std::move(treatment);
    m_impl->formats = &m_impl->plan.segments.back().formats; // sampling begins at the last timestep
    m_impl->interval = m_impl->calibration.intervals - 1;
    m_impl->weights->beginRound();
}

bool SimulatedArithmetic::setTimestep(int timestep) {
    const std::vector<Format>* formats = &m_impl->plan.at(timestep);
    const int interval = m_impl->calibration.intervalOf(timestep);
    const bool sameFormats = std::exchange(m_impl->formats, formats) == formats;
    const bool sameRanges = std::exchange(m_impl->interval, interval) == interval;
    return !sameFormats || !sameRanges;
}

void SimulatedArithmetic::forget() {
    m_impl->weights->clear();
    m_impl->treatedWeights.clear();
}

at::Tensor SimulatedArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    return m_impl->compute(layer, inner(), x);
}

at::Tensor SimulatedArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    return m_impl->compute(layer, inner(), x);
}

Plan uniformPlan(const ldm::ModelInfo& model, Format format) {
    Recipe recipe;
    recipe.base = format;
    return resolve(recipe, model);
}

bool needsCalibration(const Plan& plan) {
    return std::any_of(plan.segments.begin(), plan.segments.end(), [](const PlanSegment& segment) {
        return std::any_of(segment.formats.begin(), segment.formats.end(),
                           [](Format format) { return isCalibrated(format.activations); });
    });
}

} // namespace quant
