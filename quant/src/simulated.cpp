#include <quant/simulated.h>

#include <quant/quantize.h>

#include "kernels.h"

#include <ldm/error.h>
#include <ldm/weightcache.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace quant {

namespace {

ldm::PreparedLayer prepared(const ldm::Layer& layer, WeightFormat format, at::Device device) {
    try {
        return {layer, quantizedWeights(layer.weight.values(), format).to(device)};
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "layer '" + layer.name + "': " + error.what());
    }
}

bool needsRange(ActivationFormat format) {
    return format == ActivationFormat::Int8 || format == ActivationFormat::Int16 || format == ActivationFormat::Fp8E4M3;
}

Range joined(Range a, Range b) {
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

constexpr Range kNotFinite{std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::quiet_NaN()};

/// Smallest and largest value of a tensor in one pass; kNotFinite if one is no finite number.
Range rangeOf(const at::Tensor& x) {
    constexpr std::int64_t kGrain = 1 << 16;
    const at::Tensor plain = x.cpu().contiguous();
    const float* data = plain.data_ptr<float>();
    const std::int64_t pieces = (plain.numel() + kGrain - 1) / kGrain;
    std::vector<kernels::MinMax> found(static_cast<std::size_t>(pieces));
    at::parallel_for(0, pieces, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t piece = first; piece < last; ++piece) {
            const std::int64_t begin = piece * kGrain;
            found[static_cast<std::size_t>(piece)] =
                kernels::minMax(data + begin, static_cast<std::size_t>(std::min(kGrain, plain.numel() - begin)));
        }
    });
    Range range{found.front().lo, found.front().hi};
    for (const auto& piece : found) {
        if (!piece.finite) return kNotFinite;
        range = joined(range, {piece.lo, piece.hi});
    }
    return range;
}

} // namespace

struct SimulatedArithmetic::Impl {
    ldm::WeightCache<std::pair<int, WeightFormat>, ldm::PreparedLayer> weights;
    Plan plan;
    Calibration calibration;
    const std::vector<Format>* formats = nullptr; ///< of the present segment

    Format format(const ldm::Layer& layer) const { return formats->at(static_cast<std::size_t>(layer.id)); }

    at::Tensor input(const ldm::Layer& layer, ActivationFormat format, const at::Tensor& x) const {
        const Range range = needsRange(format) ? calibration.inputs.at(static_cast<std::size_t>(layer.id)) : Range{};
        return quantizedActivations(x, format, range);
    }

    at::Tensor run(const ldm::Layer& layer, WeightFormat format, const at::Tensor& x) {
        return weights.get({layer.id, format}, [&] { return prepared(layer, format, x.device()); }).run(x);
    }

    void dropUnused() {
        std::set<std::pair<int, WeightFormat>> used;
        for (const PlanSegment& segment : plan.segments)
            for (std::size_t layer = 0; layer < segment.formats.size(); ++layer)
                used.emplace(static_cast<int>(layer), segment.formats[layer].weights);
        weights.dropIf([&](const auto& key) { return !used.contains(key); });
    }
};

SimulatedArithmetic::SimulatedArithmetic(ldm::Arithmetic& full, Plan plan, Calibration calibration,
                                         std::int64_t keptBytes)
    : ldm::ForwardingArithmetic(full),
      m_impl(new Impl{ldm::WeightCache<std::pair<int, WeightFormat>, ldm::PreparedLayer>(keptBytes), {}, {}}) {
    apply(std::move(plan), std::move(calibration));
}

SimulatedArithmetic::~SimulatedArithmetic() = default;

void SimulatedArithmetic::apply(Plan plan, Calibration calibration) {
    if (needsCalibration(plan) && calibration.inputs.size() != plan.segments.front().formats.size())
        throw ldm::Error(
            ldm::ErrorKind::Failed,
            "the plan quantizes activations but no ranges were calibrated for its model; calibrate first.");
    m_impl->plan = std::move(plan);
    m_impl->calibration = std::move(calibration);
    m_impl->formats = &m_impl->plan.segments.back().formats; // sampling begins at the last timestep
    m_impl->dropUnused();
}

bool SimulatedArithmetic::setTimestep(int timestep) {
    const std::vector<Format>* formats = &m_impl->plan.at(timestep);
    return std::exchange(m_impl->formats, formats) != formats;
}

void SimulatedArithmetic::forget() {
    m_impl->weights.clear();
}

at::Tensor SimulatedArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    const Format format = m_impl->format(layer);
    const at::Tensor input = m_impl->input(layer, format.activations, x);
    if (format.weights == WeightFormat::Fp32) return inner().linear(layer, input);
    return m_impl->run(layer, format.weights, input);
}

at::Tensor SimulatedArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    const Format format = m_impl->format(layer);
    const at::Tensor input = m_impl->input(layer, format.activations, x);
    if (format.weights == WeightFormat::Fp32) return inner().conv2d(layer, input);
    return m_impl->run(layer, format.weights, input);
}

Plan uniformPlan(const ldm::ModelInfo& model, Format format) {
    Recipe recipe;
    recipe.base = format;
    return resolve(recipe, model);
}

bool needsCalibration(const Plan& plan) {
    return std::any_of(plan.segments.begin(), plan.segments.end(), [](const PlanSegment& segment) {
        return std::any_of(segment.formats.begin(), segment.formats.end(),
                           [](Format format) { return needsRange(format.activations); });
    });
}

CalibratingArithmetic::CalibratingArithmetic(ldm::Arithmetic& full, std::size_t layers)
    : ldm::ForwardingArithmetic(full), m_ranges(layers), m_seen(layers, false) {
}

at::Tensor CalibratingArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    observe(layer, x);
    return inner().linear(layer, x);
}

at::Tensor CalibratingArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    observe(layer, x);
    return inner().conv2d(layer, x);
}

void CalibratingArithmetic::observe(const ldm::Layer& layer, const at::Tensor& x) {
    if (!m_recording || x.numel() == 0) return;
    const auto index = static_cast<std::size_t>(layer.id);
    Range& range = m_ranges.at(index);
    const Range found = rangeOf(x);
    if (std::isnan(range.lo) || std::isnan(found.lo))
        range = kNotFinite;
    else
        range = m_seen[index] ? joined(range, found) : found;
    m_seen[index] = true;
}

Calibration CalibratingArithmetic::result(const ldm::ModelInfo& model) const {
    for (std::size_t i = 0; i < m_ranges.size(); ++i) {
        const std::string& name = model.layers.at(i).name;
        if (!m_seen[i])
            throw ldm::Error(ldm::ErrorKind::Failed, "layer '" + name + "' was never run during calibration.");
        if (std::isnan(m_ranges[i].lo))
            throw ldm::Error(ldm::ErrorKind::Failed, "the input of layer '" + name +
                                                         "' was not finite during calibration; the model does not "
                                                         "compute in float32 with these settings, check its files.");
    }
    return {m_ranges, "all"};
}

} // namespace quant
