#include "exporter.h"
#include "folder.h"
#include "integerlayers.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr int kMiddleCode = 8;
constexpr int kLargestCode = 15;
constexpr const char* kBytes = "qint8";
constexpr const char* kNibbles = "qint4";

/// Elements of an output that share a 4-bit scale: 128, or the largest smaller multiple of 32 that divides an output.
std::int64_t groupOf(const ldm::LayerInfo& layer) {
    constexpr std::int64_t kLargest = 128, kStep = 32;
    const std::int64_t width = layer.weights() / layer.outputs();
    for (std::int64_t group = kLargest; width > kLargest && group >= kStep; group -= kStep)
        if (width % group == 0) return group;
    return width;
}

/// Codes of 0 to 15 [groups, group] and what they stand for: scale * code - shift, both [groups, 1].
struct Groups {
    at::Tensor codes;
    at::Tensor scale;
    at::Tensor shift;
};

/// The recipe's integers, each group with the scale that holds for it.
Groups groupsOf(const IntegerWeights& weights, WeightFormat format, std::int64_t group) {
    const std::int64_t rows = weights.codes.size(0), width = weights.codes[0].numel();
    const std::int64_t wide = scaleGroup(format).value_or(0);
    at::Tensor scale = withoutZeros(weights.scale.view({rows, -1}));
    scale = scale.size(1) == 1 ? scale.expand({rows, width / group}) : scale.repeat_interleave(wide / group, 1);
    scale = scale.reshape({-1, 1});
    return {weights.codes.view({-1, group}) + kMiddleCode, scale, scale * kMiddleCode};
}

Groups roundedGroups(const at::Tensor& weight, std::int64_t group) {
    const at::Tensor rows = weight.reshape({-1, group});
    const at::Tensor lowest = rows.amin(1, true);
    const at::Tensor scale = withoutZeros((rows.amax(1, true) - lowest) / kLargestCode);
    return {((rows - lowest) / scale).round().clamp(0, kLargestCode), scale, -lowest};
}

/// The first half of the groups in the low bits, the second in the high ones.
at::Tensor packed(const at::Tensor& codes) {
    const at::Tensor bytes = codes.to(at::kByte);
    const std::int64_t half = (bytes.size(0) + 1) / 2;
    at::Tensor result = bytes.narrow(0, 0, half).clone();
    const std::int64_t rest = bytes.size(0) - half;
    result.narrow(0, 0, rest).bitwise_or_(at::bitwise_left_shift(bytes.narrow(0, half, rest), 4));
    return result;
}

/// A diffusers folder whose UNet opens with optimum-quanto: linear layers and convolutions of 8 or 4 bits by module.
class Quanto final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        const WeightFormat weights = format.weights;
        const std::uint64_t floatBytes = ldm::sizeOf(storedType(options.floats));
        if (const auto reason = reasonForFloats(weights, treated)) return asFloats(layer, options.floats, *reason);
        const auto elements = static_cast<std::uint64_t>(layer.weights());
        const auto outputs = static_cast<std::uint64_t>(layer.outputs());
        const bool isReformed = quant::isReformed(layer, weights, treated);
        if (bits(weights) == 8)
            return {isReformed ? Carriage::Requantized : Carriage::Exact, kBytes, elements + (outputs + 2) * floatBytes,
                    isReformed ? kReformed : ""};
        const auto group = static_cast<std::uint64_t>(groupOf(layer));
        const std::uint64_t groups = elements / group;
        LayerCarriage carried{Carriage::Exact, kNibbles, (groups + 1) / 2 * group + 2 * (groups + 1) * floatBytes, {}};
        if (isReformed || !isDivided(layer, weights)) {
            carried.carriage = Carriage::Requantized;
            carried.why = isReformed ? kReformed
                                     : "groups of " + std::to_string(group) +
                                           " values are given, into which the recipe's do not divide";
        }
        return carried;
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        writeDiffusersFolder(job, aside, [&job](const ldm::PartSource& part) {
            if (part.name != "unet") return FolderPart{job.baked(part)};
            FolderPart unet{
                withQuantizedLayers(job, part, [&job](const BakedTensor& weight) { return pieces(job, weight); })};
            unet.files.emplace("quanto_qmap.json", map(job).dump(2) + '\n');
            return unet;
        });
    }

private:
    /// True if each of the recipe's scales holds for whole groups of the format.
    static bool isDivided(const ldm::LayerInfo& layer, WeightFormat format) {
        if (hasRowScales(layer, format)) return true;
        const std::int64_t width = layer.weights() / layer.outputs(), own = *scaleGroup(format);
        return width % own == 0 && own % groupOf(layer) == 0;
    }

    static std::vector<BakedTensor> pieces(ExportJob& job, const BakedTensor& weight) {
        std::vector<BakedTensor> result =
            job.carriageOf(weight.layer).type == kBytes ? rows(job, weight) : nibbles(job, weight);
        const FloatFormat floats = job.options().floats;
        for (const char* unused : {"input_scale", "output_scale"}) // of inputs and outputs, which stay floats
            result.push_back({besides(weight.name, unused), {}, storedType(floats), [floats] {
                                  return toFloats(at::ones({}, at::kFloat), floats, "scale");
                              }});
        return result;
    }

    static std::vector<BakedTensor> rows(ExportJob& job, const BakedTensor& weight) {
        std::vector<std::int64_t> scaleShape(weight.shape.size(), 1);
        scaleShape.front() = weight.shape.front();
        const int layer = weight.layer;
        return {{weight.name + "._data", weight.shape, ldm::DType::I8,
                 [&job, layer] { return integerRows(job, layer).codes; }},
                {weight.name + "._scale", scaleShape, storedType(job.options().floats),
                 [&job, layer] { return stored(job, layer, integerRows(job, layer).scale); }}};
    }

    static std::vector<BakedTensor> nibbles(ExportJob& job, const BakedTensor& weight) {
        const int layer = weight.layer;
        const std::int64_t group = groupOf(job.model().layers.at(static_cast<std::size_t>(layer)));
        const std::int64_t count = job.model().layers[static_cast<std::size_t>(layer)].weights() / group;
        const ldm::DType type = storedType(job.options().floats);
        const auto groups = [&job, layer, group] {
            const bool isExact = job.carriageOf(layer).carriage == Carriage::Exact;
            const auto own = isExact ? job.codesOf(layer) : std::nullopt;
            return own ? groupsOf(*own, job.formatOf(layer).weights, group)
                       : roundedGroups(job.sourceWeight(layer), group);
        };
        return {{weight.name + "._data._data",
                 {(count + 1) / 2, group},
                 ldm::DType::U8,
                 [groups] { return packed(groups().codes); }},
                {weight.name + "._scale",
                 {count, 1},
                 type,
                 [&job, layer, groups] { return stored(job, layer, groups().scale); }},
                {weight.name + "._shift", {count, 1}, type, [&job, layer, groups] {
                     const FloatFormat floats = job.options().floats;
                     return toFloats(groups().shift, floats, job.model().layers[static_cast<std::size_t>(layer)].name);
                 }}};
    }

    /// Scales in the model's own floats, as quanto has them. Throws BadInput for those that become zero.
    static at::Tensor stored(const ExportJob& job, int layer, const at::Tensor& scales) {
        const std::string& name = job.model().layers.at(static_cast<std::size_t>(layer)).name;
        at::Tensor result = toFloats(scales, job.options().floats, name);
        if (at::eq(result, 0).any().item<bool>())
            throw ldm::badInput("'" + name +
                                "' has scales that are below what fp16 holds; write floats as bf16 or fp32.");
        return result;
    }

    static nlohmann::ordered_json map(const ExportJob& job) {
        nlohmann::ordered_json modules = nlohmann::ordered_json::object();
        for (std::size_t i = 0; i < job.model().layers.size(); ++i) {
            const LayerCarriage& carried = job.carriageOf(static_cast<int>(i));
            const std::string& name = job.model().layers[i].name;
            if (carried.carriage != Carriage::Float)
                modules[name.substr(name.find('.') + 1)] = {{"weights", carried.type}, {"activations", "none"}};
        }
        return modules;
    }
};

} // namespace

std::unique_ptr<Exporter> quantoExporter() {
    return std::make_unique<Quanto>();
}

} // namespace quant
