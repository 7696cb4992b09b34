#include <quant/cost.h>

#include <algorithm>

namespace quant {

namespace {

constexpr std::uint64_t kScaleBytes = 4; // float32

std::uint64_t widest(const Plan& plan, const ldm::LayerInfo& layer, std::size_t index) {
    std::uint64_t bytes = 0;
    for (const PlanSegment& segment : plan.segments)
        bytes = std::max(bytes, weightBytes(layer, segment.formats[index].weights));
    return bytes;
}

double mostBitProducts(const Plan& plan, std::size_t index) {
    int most = 0;
    for (const PlanSegment& segment : plan.segments)
        most = std::max(most, bits(segment.formats[index].weights) * bits(segment.formats[index].activations));
    return most;
}

} // namespace

std::uint64_t weightBytes(const ldm::LayerInfo& layer, WeightFormat format) {
    const auto channels = static_cast<std::uint64_t>(layer.outputs());
    if (channels == 0) return 0;
    const std::uint64_t perChannel = static_cast<std::uint64_t>(layer.weights()) / channels;
    const bool scaled = format == WeightFormat::Int8 || format == WeightFormat::Int4 || format == WeightFormat::Fp8E4M3;
    const std::uint64_t codes = (perChannel * static_cast<std::uint64_t>(bits(format)) + 7) / 8;
    return channels * (codes + (scaled ? kScaleBytes : 0));
}

Cost cost(const Plan& plan, const ldm::ModelInfo& model, int latentHeight, int latentWidth) {
    if (latentHeight == 0) latentHeight = model.defaultHeight / model.vaeScale;
    if (latentWidth == 0) latentWidth = model.defaultWidth / model.vaeScale;
    Cost total;
    std::uint64_t elements = 0;
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
        const ldm::LayerInfo& layer = model.layers[i];
        const auto operations = static_cast<double>(ldm::macs(layer, latentHeight, latentWidth, model.contextTokens));
        elements += static_cast<std::uint64_t>(layer.weights());
        total.bytes += widest(plan, layer, i);
        total.bops += operations * mostBitProducts(plan, i);
        total.fullBytes += weightBytes(layer, WeightFormat::Fp32);
        total.fullBops += operations * bits(WeightFormat::Fp32) * bits(ActivationFormat::Fp32);
    }
    if (elements > 0) total.meanWeightBits = 8.0 * static_cast<double>(total.bytes) / static_cast<double>(elements);
    total.bytes += model.otherUnetBytes;
    total.fullBytes += model.otherUnetBytes;
    return total;
}

} // namespace quant
