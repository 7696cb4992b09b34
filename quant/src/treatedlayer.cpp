#include "treatedlayer.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

namespace quant {

namespace {

at::Tensor remainderOf(const ldm::Layer& layer, const LayerTreatment& treatment, WeightFormat format) {
    try {
        return treatment.quantizedRemainder(layer.weight.values(), format);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "layer '" + layer.name + "': " + error.what());
    }
}

/// The layer's own geometry, from its inputs to the few values of the low rank.
ldm::PreparedLayer rightOf(const ldm::Layer& layer, const LowRankFactors& factors, at::Device device) {
    ldm::Layer right;
    right.kind = layer.kind;
    right.stride = layer.stride;
    right.padding = layer.padding;
    return {right, factors.right.to(device, at::kFloat)};
}

/// From those to the outputs, position by position.
ldm::PreparedLayer leftOf(const ldm::Layer& layer, const LowRankFactors& factors, at::Device device) {
    ldm::Layer left;
    left.kind = layer.kind;
    const at::Tensor weight = factors.left.to(device, at::kFloat);
    return {left, layer.kind == ldm::LayerKind::Conv2d ? weight.unsqueeze(-1).unsqueeze(-1) : weight};
}

} // namespace

TreatedLayer::TreatedLayer(const ldm::Layer& layer, const LayerTreatment& treatment, WeightFormat format,
                           at::Device device)
    : m_remainder(layer, remainderOf(layer, treatment, format).to(device)) {
    if (!treatment.usesLowRank(format)) return;
    m_right = rightOf(layer, treatment.lowRank, device);
    m_left = leftOf(layer, treatment.lowRank, device);
}

at::Tensor TreatedLayer::run(const at::Tensor& quantized, const at::Tensor& smoothed) const {
    at::Tensor result = m_remainder.run(quantized);
    return m_right ? result.add_(m_left->run(m_right->run(smoothed))) : result;
}

std::int64_t TreatedLayer::bytes() const {
    return m_remainder.bytes() + (m_right ? m_right->bytes() + m_left->bytes() : 0);
}

} // namespace quant
