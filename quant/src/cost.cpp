#include <quant/cost.h>

#include <quant/ggml.h>

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

/// Weight bits x activation bits of a layer, in the mean over the training timesteps.
double meanBitProduct(const Plan& plan, const ldm::LayerInfo& layer, std::size_t index) {
    double sum = 0;
    int timesteps = 0;
    for (const PlanSegment& segment : plan.segments) {
        const Format format = segment.formats[index];
        const int length = segment.lastTimestep - segment.firstTimestep + 1;
        sum += double(length) * bits(storedAs(format.weights, layer.weightShape)) * bits(format.activations);
        timesteps += length;
    }
    return sum / timesteps;
}

/// What one layer takes.
struct LayerCost {
    std::uint64_t bytes = 0;
    double bops = 0;
};

/// A layer that is not computed but looked up: its outputs, float32, for every step.
LayerCost tableCost(const ldm::LayerInfo& layer) {
    return {static_cast<std::uint64_t>(layer.outputs()) * kTableSteps * sizeof(float), 0};
}

/// Scales that divide the input, float32, and both factors of the low rank, fp16.
LayerCost besides(const PlannedTreatment& planned, const ldm::LayerInfo& layer, double operations) {
    LayerCost result;
    if (planned.smoothed) result.bytes += static_cast<std::uint64_t>(layer.weightShape.at(1)) * sizeof(float);
    const std::int64_t factors = planned.rank * (layer.outputs() + layer.weights() / layer.outputs());
    const double share = static_cast<double>(factors) / static_cast<double>(layer.weights());
    result.bytes += 2 * static_cast<std::uint64_t>(factors);
    result.bops = operations * share * bits(WeightFormat::Fp16) * bits(ActivationFormat::Fp16);
    return result;
}

LayerCost costOf(const Plan& plan, const ldm::LayerInfo& layer, std::size_t index, double operations) {
    const PlannedTreatment* planned = plan.treatmentOf(static_cast<int>(index));
    if (planned && planned->exact) return tableCost(layer);
    const LayerCost more = planned ? besides(*planned, layer, operations) : LayerCost{};
    return {widest(plan, layer, index) + more.bytes, operations * meanBitProduct(plan, layer, index) + more.bops};
}

} // namespace

std::uint64_t weightBytes(const ldm::LayerInfo& layer, WeightFormat format) {
    const auto channels = static_cast<std::uint64_t>(layer.outputs());
    if (channels == 0) return 0;
    format = storedAs(format, layer.weightShape);
    const auto elements = static_cast<std::uint64_t>(layer.weights());
    if (isGguf(format)) return elements / ggmlType(format).elements * ggmlType(format).bytes;
    const std::uint64_t row = elements / channels;
    const std::uint64_t codes = (row * static_cast<std::uint64_t>(bits(format)) + 7) / 8;
    const auto group = static_cast<std::uint64_t>(scaleGroup(format).value_or(0));
    std::uint64_t scales = scaleGroup(format) ? 1 : 0;
    if (group > 0) scales = (row + group - 1) / group;
    return channels * (codes + scales * kScaleBytes);
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
        const LayerCost own = costOf(plan, layer, i, operations);
        total.bytes += own.bytes;
        total.bops += own.bops;
        total.fullBytes += weightBytes(layer, WeightFormat::Fp32);
        total.fullBops += operations * bits(WeightFormat::Fp32) * bits(ActivationFormat::Fp32);
    }
    if (elements > 0) total.meanWeightBits = 8.0 * static_cast<double>(total.bytes) / static_cast<double>(elements);
    total.bytes += model.otherUnetBytes;
    total.fullBytes += model.otherUnetBytes;
    return total;
}

} // namespace quant
