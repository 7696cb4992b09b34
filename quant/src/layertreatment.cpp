#include <quant/treatment.h>

#include "elementscales.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace quant {

namespace {

/// Values by input channel, in a shape that multiplies a tensor whose channels are at `dim`.
at::Tensor alongDim(const at::Tensor& byChannel, const at::Tensor& like, std::int64_t dim) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
    shape[static_cast<std::size_t>(dim)] = byChannel.numel();
    return byChannel.to(like.device()).view(shape);
}

at::Tensor floats(const at::Tensor& weight) {
    return weight.to(at::kCPU, at::kFloat);
}

} // namespace

at::Tensor elementScales(const IntegerWeights& weights, WeightFormat format) {
    const std::int64_t rows = weights.codes.size(0);
    const std::int64_t columns = weights.codes.flatten(1).size(1);
    const at::Tensor byGroup = weights.scale.view({rows, -1});
    if (byGroup.size(1) == 1) return byGroup.expand({rows, columns}).contiguous();
    return byGroup.repeat_interleave(scaleGroup(format).value(), 1).narrow(1, 0, columns).contiguous();
}

at::Tensor LayerTreatment::smoothedInput(const at::Tensor& x, std::int64_t channelDim) const {
    return smoothing.defined() ? x / alongDim(smoothing, x, channelDim) : x;
}

std::vector<at::Tensor> LayerTreatment::quantizedParts(const at::Tensor& x, std::int64_t channelDim) const {
    if (splitAt == 0) return {x};
    return {x.narrow(channelDim, 0, splitAt), x.narrow(channelDim, splitAt, x.size(channelDim) - splitAt)};
}

at::Tensor LayerTreatment::remainder(const at::Tensor& weight, WeightFormat format) const {
    at::Tensor result = floats(weight);
    if (smoothing.defined()) result = result * alongDim(smoothing, result, 1);
    if (usesLowRank(format)) result = result - lowRank.product();
    return result;
}

at::Tensor LayerTreatment::quantizedRemainder(const at::Tensor& weight, WeightFormat format) const {
    const auto found = rounded.find(format);
    if (found == rounded.end()) return quantizedWeights(remainder(weight, format), format);
    const at::Tensor codes = found->second.codes.flatten(1).to(at::kFloat);
    return codes.mul_(elementScales(found->second, format)).view(weight.sizes());
}

at::Tensor LayerTreatment::effectiveWeight(const at::Tensor& weight, WeightFormat format) const {
    if (exact) return floats(weight);
    at::Tensor result = quantizedRemainder(weight, format);
    if (usesLowRank(format)) result = result + lowRank.product();
    return smoothing.defined() ? result / alongDim(smoothing, result, 1) : result;
}

bool LayerTreatment::usesLowRank(WeightFormat format) const {
    if (!lowRank.defined()) return false;
    std::vector<std::int64_t> shape = lowRank.right.sizes().vec();
    shape.front() = lowRank.left.size(0);
    return takesLowRank(format, shape);
}

const LayerTreatment* Treatment::find(int layer) const {
    const auto found = layers.find(layer);
    return found == layers.end() ? nullptr : found->second.get();
}

std::size_t Treatment::splitInputs() const {
    return static_cast<std::size_t>(
        std::count_if(layers.begin(), layers.end(), [](const auto& entry) { return entry.second->splitAt > 0; }));
}

} // namespace quant
