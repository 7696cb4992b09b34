#include <quant/calibrating.h>

#include "kernels.h"

#include <ldm/error.h>
#include <quant/histogram.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>
#include <span>

namespace quant {

namespace {

Range joined(Range a, Range b) {
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

/// Smallest and largest value in one pass; nothing if one is no finite number.
std::optional<Range> rangeOf(std::span<const float> values) {
    constexpr std::size_t kPiece = 1 << 16;
    std::vector<kernels::MinMax> found((values.size() + kPiece - 1) / kPiece);
    at::parallel_for(0, static_cast<std::int64_t>(found.size()), 1, [&](std::int64_t first, std::int64_t last) {
        for (auto piece = static_cast<std::size_t>(first); piece < static_cast<std::size_t>(last); ++piece) {
            const std::size_t begin = piece * kPiece;
            found[piece] = kernels::minMax(values.data() + begin, std::min(kPiece, values.size() - begin));
        }
    });
    Range range{found.front().lo, found.front().hi};
    for (const auto& piece : found) {
        if (!piece.finite) return std::nullopt;
        range = joined(range, {piece.lo, piece.hi});
    }
    return range;
}

/// What one layer's input was like during one interval.
struct Observed {
    std::optional<Range> range;
    Histogram values; ///< empty for "minmax"
};

/// The ranges of one layer by interval; the empty ones take those of their nearest neighbours.
std::vector<Range> filled(const std::vector<std::optional<Range>>& ranges) {
    std::vector<Range> result;
    for (auto here = ranges.begin(); here != ranges.end(); ++here) {
        const auto isSeen = [](const std::optional<Range>& range) { return range.has_value(); };
        const auto above = std::find_if(here, ranges.end(), isSeen);
        const auto below = std::find_if(std::make_reverse_iterator(std::next(here)), ranges.rend(), isSeen);
        if (above == ranges.end())
            result.push_back(**below);
        else
            result.push_back(below == ranges.rend() ? **above : joined(**above, **below));
    }
    return result;
}

std::span<const float> valuesOf(const at::Tensor& plain) {
    return {plain.data_ptr<float>(), static_cast<std::size_t>(plain.numel())};
}

} // namespace

std::optional<Range> rangeOf(const at::Tensor& x) {
    return rangeOf(valuesOf(x.to(at::kCPU, at::kFloat).contiguous()));
}

void checkCalibration(const CalibrationSettings& how) {
    if (how.steps != "first" && how.steps != "all")
        throw ldm::badInput("calibration steps '" + how.steps + "' are not known; use 'first' or 'all'.");
    if (how.range != "minmax" && how.range != "percentile" && how.range != "mse")
        throw ldm::badInput("calibration range '" + how.range + "' is not known; use 'minmax', 'percentile' or 'mse'.");
    if (!(how.percentile > 50 && how.percentile <= 100))
        throw ldm::badInput("a percentile of " + std::to_string(how.percentile) +
                            " is no share of values to keep; use a number above 50 and up to 100.");
    if (how.intervals < 1 || how.intervals > kMostIntervals)
        throw ldm::badInput(std::to_string(how.intervals) + " calibration intervals are not possible; use 1 to 100.");
}

struct CalibratingArithmetic::Impl {
    CalibrationSettings how;
    std::size_t layers = 0;
    std::vector<Observed> observed; ///< by interval and layer
    Calibration frame;              ///< the result without ranges
    int interval = 0;
    int lostLayer = -1;
    bool isRecording = true;

    void observe(int input, const at::Tensor& x);
    template <typename RangeOf> std::vector<Range> ranges(const ldm::ModelInfo& model, const RangeOf& rangeOf) const;
};

void CalibratingArithmetic::Impl::observe(int input, const at::Tensor& x) {
    if (!isRecording || x.numel() == 0) return;
    const at::Tensor plain = x.to(at::kCPU, at::kFloat).contiguous();
    const std::span<const float> values = valuesOf(plain);
    const std::optional<Range> found = rangeOf(values);
    if (!found) {
        if (lostLayer < 0) lostLayer = input;
        return;
    }
    Observed& here = observed.at(static_cast<std::size_t>(interval) * layers + static_cast<std::size_t>(input));
    here.range = here.range ? joined(*here.range, *found) : *found;
    if (how.range != "minmax") here.values.add(values, *found);
}

/// By interval and layer, as rangeOf(observed) tells them.
template <typename RangeOf>
std::vector<Range> CalibratingArithmetic::Impl::ranges(const ldm::ModelInfo& model, const RangeOf& rangeOf) const {
    const auto intervals = static_cast<std::size_t>(how.intervals);
    std::vector<Range> result(observed.size());
    for (std::size_t layer = 0; layer < layers; ++layer) {
        std::vector<std::optional<Range>> seen(intervals);
        for (std::size_t i = 0; i < intervals; ++i)
            if (const Observed& here = observed[i * layers + layer]; here.range) seen[i] = rangeOf(here);
        if (std::none_of(seen.begin(), seen.end(), [](const auto& range) { return range.has_value(); }))
            throw ldm::Error(ldm::ErrorKind::Failed,
                             "layer '" + model.layers.at(layer).name + "' was never run during calibration.");
        const std::vector<Range> all = filled(seen);
        for (std::size_t i = 0; i < intervals; ++i) result[i * layers + layer] = all[i];
    }
    return result;
}

CalibratingArithmetic::CalibratingArithmetic(ldm::Arithmetic& full, std::size_t layers, const CalibrationSettings& how)
    : ldm::ForwardingArithmetic(full), m_impl(new Impl) {
    checkCalibration(how);
    m_impl->how = how;
    m_impl->layers = layers;
    m_impl->observed.resize(layers * static_cast<std::size_t>(how.intervals));
    m_impl->frame.steps = how.steps;
    m_impl->frame.method = how.range;
    m_impl->frame.intervals = how.intervals;
    if (how.range == "percentile") m_impl->frame.percentile = how.percentile;
}

CalibratingArithmetic::~CalibratingArithmetic() = default;

at::Tensor CalibratingArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    m_impl->observe(layer.id, x);
    return inner().linear(layer, x);
}

at::Tensor CalibratingArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    m_impl->observe(layer.id, x);
    return inner().conv2d(layer, x);
}

void CalibratingArithmetic::observe(int input, const at::Tensor& x) {
    m_impl->observe(input, x);
}

void CalibratingArithmetic::setRecording(bool on) {
    m_impl->isRecording = on;
}

void CalibratingArithmetic::setTimestep(int timestep) {
    m_impl->interval = m_impl->frame.intervalOf(timestep);
}

int CalibratingArithmetic::lostLayer() const {
    return m_impl->lostLayer;
}

Calibration CalibratingArithmetic::result(const ldm::ModelInfo& model) const {
    const Impl& impl = *m_impl;
    if (impl.lostLayer >= 0)
        throw ldm::Error(ldm::ErrorKind::Failed,
                         "the input of layer '" + model.layers.at(static_cast<std::size_t>(impl.lostLayer)).name +
                             "' was not finite during calibration; the model does not compute in float32 with these "
                             "settings, check its files.");
    Calibration result = impl.frame;
    result.inputs = impl.ranges(model, [&](const Observed& seen) {
        return result.percentile ? seen.values.within(*result.percentile) : *seen.range;
    });
    if (impl.how.range == "mse")
        for (const ActivationFormat format : clippedFormats())
            result.clipped[format] =
                impl.ranges(model, [&](const Observed& seen) { return seen.values.leastError(format); });
    return result;
}

} // namespace quant
