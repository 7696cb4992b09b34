#include "ranges.h"

#include <ATen/ATen.h>
#include <ldm/error.h>
#include <quant/calibrating.h>

#include <algorithm>
#include <limits>

namespace analysis {

namespace {

constexpr quant::Range kNothing{1, 0};

quant::Range joined(quant::Range a, quant::Range b) {
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

/// What an activation quantizer has to span: it represents zero in any case.
double extent(quant::Range range) {
    return double(std::max(range.hi, 0.0F)) - double(std::min(range.lo, 0.0F));
}

double ratio(double largest, double smallest) {
    if (largest == smallest) return 1;
    return smallest > 0 ? largest / smallest : std::numeric_limits<double>::infinity();
}

} // namespace

void RangeRecorder::observe(const ldm::Layer& layer, const at::Tensor& x, int column) {
    if (x.numel() == 0) return;
    auto& range = m_ranges.at(std::size_t(layer.id) * std::size_t(m_columns) + std::size_t(column));
    const auto found = quant::rangeOf(x);
    if (!found && m_lostLayer < 0) m_lostLayer = layer.id;
    if (found) range = range ? joined(*range, *found) : *found;
}

at::Tensor RangeRecorder::exported() const {
    at::Tensor values = at::empty({std::int64_t(m_ranges.size() / std::size_t(m_columns)), m_columns, 2});
    auto* next = values.data_ptr<float>();
    for (const auto& range : m_ranges) {
        *next++ = range ? range->lo : kNothing.lo;
        *next++ = range ? range->hi : kNothing.hi;
    }
    return values;
}

void RangeRecorder::add(const at::Tensor& exported) {
    const at::Tensor values = exported.contiguous();
    const auto* next = values.data_ptr<float>();
    for (auto& range : m_ranges) {
        const quant::Range seen{next[0], next[1]};
        next += 2;
        if (seen.lo <= seen.hi) range = range ? joined(*range, seen) : seen;
    }
}

ActivationRanges RangeRecorder::activations() const {
    ActivationRanges result;
    result.columns = m_columns;
    for (const auto& layer : m_model.layers) result.layers.push_back(layer.name);
    for (std::size_t i = 0; i < m_ranges.size(); ++i) {
        const bool isFirst = i % std::size_t(m_columns) == 0;
        if (isFirst && !m_ranges[i])
            throw ldm::Error(ldm::ErrorKind::Failed, "layer '" + result.layers[i / std::size_t(m_columns)] +
                                                         "' was not run at the first sampling step.");
        result.ranges.push_back(m_ranges[i] ? *m_ranges[i] : result.ranges.back());
    }
    return result;
}

quant::Calibration calibrationOf(const ActivationRanges& activations, const std::string& steps) {
    quant::Calibration calibration;
    calibration.steps = steps;
    const int columns = steps == "first" ? 1 : activations.columns;
    for (std::size_t layer = 0; layer < activations.layers.size(); ++layer) {
        const auto first = activations.ranges.begin() + std::ptrdiff_t(layer) * activations.columns;
        quant::Range range = *first;
        for (int column = 1; column < columns; ++column) range = joined(range, first[column]);
        calibration.inputs.push_back(range);
    }
    return calibration;
}

std::vector<TimeSensitivity> timeSensitivity(const ActivationRanges& activations) {
    std::vector<TimeSensitivity> all;
    for (std::size_t layer = 0; layer < activations.layers.size(); ++layer) {
        const auto first = activations.ranges.begin() + std::ptrdiff_t(layer) * activations.columns;
        std::vector<double> extents;
        std::transform(first, first + activations.columns, std::back_inserter(extents), extent);
        const auto [smallest, largest] = std::minmax_element(extents.begin(), extents.end());
        all.push_back({activations.layers[layer], *smallest, *largest, ratio(*largest, *smallest)});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.ratio > b.ratio; });
    return all;
}

} // namespace analysis
