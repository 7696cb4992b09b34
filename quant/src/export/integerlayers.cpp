#include "integerlayers.h"

#include <ATen/ATen.h>

#include <iterator>

namespace quant {

std::optional<std::string> reasonForFloats(WeightFormat format, const PlannedTreatment* treated) {
    if (bits(format) > 8 || (treated && treated->exact)) return "";
    if (!isInteger(format)) return std::string(nameOf(format)) + " is no format of plain integers";
    return std::nullopt;
}

bool isReformed(const ldm::LayerInfo& layer, WeightFormat format, const PlannedTreatment* treated) {
    return treated && (treated->smoothed || (treated->rank > 0 && takesLowRank(format, layer.weightShape)));
}

bool hasRowScales(const ldm::LayerInfo& layer, WeightFormat format) {
    const std::int64_t group = scaleGroup(format).value_or(0);
    return group == 0 || group >= layer.weights() / layer.outputs();
}

LayerCarriage carriedByRows(const ldm::LayerInfo& layer, WeightFormat format, const PlannedTreatment* treated,
                            FloatFormat floats) {
    if (const auto reason = reasonForFloats(format, treated)) return asFloats(layer, floats, *reason);
    if (layer.kind == ldm::LayerKind::Conv2d) return asFloats(layer, floats, "convolutions stay floats in this format");
    const auto bytes =
        static_cast<std::uint64_t>(layer.weights()) + static_cast<std::uint64_t>(layer.outputs()) * sizeof(float);
    if (isReformed(layer, format, treated)) return {Carriage::Requantized, "I8", bytes, kReformed};
    if (!hasRowScales(layer, format))
        return {Carriage::Requantized, "I8", bytes, "there is one scale per output, for which groups are rounded anew"};
    return {Carriage::Exact, "I8", bytes};
}

IntegerWeights integerRows(const ExportJob& job, int layer) {
    const bool isExact = job.carriageOf(layer).carriage == Carriage::Exact;
    const auto own = isExact ? job.codesOf(layer) : std::nullopt;
    IntegerWeights rows = own ? *own : integerWeights(job.sourceWeight(layer), WeightFormat::Int8);
    rows.scale = withoutZeros(rows.scale.flatten());
    return rows;
}

at::Tensor withoutZeros(const at::Tensor& scales) {
    return at::where(at::eq(scales, 0), at::ones_like(scales), scales);
}

at::Tensor packedNibbles(const at::Tensor& codes) {
    const at::Tensor pairs = codes.to(at::kByte).reshape({-1, 2});
    return at::bitwise_or(pairs.select(1, 0), at::bitwise_left_shift(pairs.select(1, 1), 4)).contiguous();
}

std::string besides(const std::string& weight, const std::string& what) {
    return weight.substr(0, weight.rfind('.') + 1) + what;
}

std::vector<BakedTensor>
withQuantizedLayers(ExportJob& job, const ldm::PartSource& part,
                    const std::function<std::vector<BakedTensor>(const BakedTensor&)>& pieces) {
    std::vector<BakedTensor> result;
    for (BakedTensor& tensor : job.baked(part)) {
        if (tensor.layer < 0 || job.carriageOf(tensor.layer).carriage == Carriage::Float) {
            result.push_back(std::move(tensor));
            continue;
        }
        std::vector<BakedTensor> made = pieces(tensor);
        std::move(made.begin(), made.end(), std::back_inserter(result));
    }
    return result;
}

} // namespace quant
