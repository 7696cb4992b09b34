#include "exporter.h"
#include "folder.h"
#include "integerlayers.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr int kMiddleCode = 8; ///< what signed codes of four bits are stored on top of

/// Values that share a scale where weights are rounded anew to four bits.
constexpr std::int64_t kFewestPerScale = 16;

/// How a layer that is quantized is stored.
struct Storage {
    int bits = 8;
    std::int64_t group = 0; ///< inputs that share a scale, with each place in the kernel on its own; 0: all of them
    bool isExact = true;
    std::string why = {};

    std::string type() const { return bits == 8 ? "int8" : "int4"; }
};

/// The largest group of at most so many that divides the inputs; 0 where that is less than half of them.
std::int64_t dividing(std::int64_t inputs, std::int64_t group) {
    for (std::int64_t size = std::min(group, inputs - 1); size > 0 && size * 2 >= group; --size)
        if (inputs % size == 0) return size;
    return 0;
}

Storage storageOf(const ldm::LayerInfo& layer, WeightFormat format, const PlannedTreatment* treated) {
    const std::int64_t inputs = layer.weightShape[1], group = scaleGroup(format).value_or(0);
    const bool isPointwise = layer.weights() == layer.outputs() * inputs;
    const bool isOdd = layer.weights() % 2 != 0; // four bits are stored in pairs
    Storage storage{bits(format) == 8 || isOdd ? 8 : 4};
    if (!hasRowScales(layer, format)) {
        storage.group = dividing(inputs, group);
        storage.isExact = isPointwise && storage.group == group;
        if (!storage.isExact)
            storage.why = isPointwise ? "groups of " + std::to_string(group) + " do not divide " +
                                            std::to_string(inputs) + " inputs"
                                      : "groups are of inputs, at each place of a kernel on its own";
    }
    if (isReformed(layer, format, treated)) {
        storage.isExact = false;
        storage.why = kReformed;
    }
    // Where scales take as much as codes, four bits save nothing worth their error.
    if (!storage.isExact && (storage.group > 0 ? storage.group : inputs) < kFewestPerScale) storage.bits = 8;
    return storage;
}

/// The weight's shape with its inputs divided into groups.
std::vector<std::int64_t> grouped(const std::vector<std::int64_t>& shape, const Storage& storage) {
    if (storage.group == 0) return shape;
    std::vector<std::int64_t> result{shape[0], shape[1] / storage.group, storage.group};
    result.insert(result.end(), shape.begin() + 2, shape.end());
    return result;
}

/// One scale by output, group and place in the kernel.
std::vector<std::int64_t> scaleShape(const std::vector<std::int64_t>& shape, const Storage& storage) {
    std::vector<std::int64_t> result = grouped(shape, storage);
    result[storage.group == 0 ? 1 : 2] = 1;
    return result;
}

/// Codes in the grouped shape and scales in theirs.
IntegerWeights integersOf(const ExportJob& job, int layer, const Storage& storage) {
    const std::vector<std::int64_t>& shape = job.model().layers.at(static_cast<std::size_t>(layer)).weightShape;
    const std::vector<std::int64_t> scales = scaleShape(shape, storage), codes = grouped(shape, storage);
    if (const auto own = storage.isExact ? job.codesOf(layer) : std::nullopt) {
        at::Tensor scale = withoutZeros(own->scale).view({shape[0], -1});
        while (scale.dim() < static_cast<std::int64_t>(scales.size())) scale = scale.unsqueeze(-1);
        return {own->codes.reshape(codes), scale.expand(scales).contiguous()};
    }
    const at::Tensor weight = job.sourceWeight(layer).reshape(codes);
    const double limit = storage.bits == 8 ? 127 : 7;
    const at::Tensor scale = withoutZeros(weight.abs().amax(storage.group == 0 ? 1 : 2, true) / limit);
    return {(weight / scale).round().clamp(-limit, limit).to(at::kChar), scale};
}

at::Tensor storedCodes(const at::Tensor& codes, const Storage& storage) {
    return storage.bits == 8 ? codes.contiguous() : packedNibbles(codes + kMiddleCode);
}

/// A diffusers folder whose UNet opens with SDNQ: linear layers and convolutions of 8 or 4 bits.
class Sdnq final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        if (const auto reason = reasonForFloats(format.weights, treated))
            return asFloats(layer, options.floats, *reason);
        const Storage storage = storageOf(layer, format.weights, treated);
        std::uint64_t scales = 1;
        for (const std::int64_t size : scaleShape(layer.weightShape, storage))
            scales *= static_cast<std::uint64_t>(size);
        const std::uint64_t codes =
            static_cast<std::uint64_t>(layer.weights()) * static_cast<std::uint64_t>(storage.bits) / 8;
        return {storage.isExact ? Carriage::Exact : Carriage::Requantized,
                storage.type() + (storage.group > 0 ? " g" + std::to_string(storage.group) : ""),
                codes + scales * sizeof(float), storage.why};
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        writeDiffusersFolder(job, aside, [&job](const ldm::PartSource& part) {
            if (part.name != "unet") return FolderPart{job.baked(part)};
            FolderPart unet{
                withQuantizedLayers(job, part, [&job](const BakedTensor& weight) { return pieces(job, weight); })};
            const nlohmann::ordered_json config = configuration(job);
            unet.configure = [config](nlohmann::ordered_json& unetConfig) {
                unetConfig["quantization_config"] = config;
            };
            unet.files.emplace("quantization_config.json", config.dump(2) + '\n'); // where SD.Next looks
            return unet;
        });
    }

private:
    static Storage storedAs(const ExportJob& job, int layer) {
        return storageOf(job.model().layers.at(static_cast<std::size_t>(layer)), job.formatOf(layer).weights,
                         job.treatmentOf(layer));
    }

    static std::vector<BakedTensor> pieces(ExportJob& job, const BakedTensor& weight) {
        const int layer = weight.layer;
        const Storage storage = storedAs(job, layer);
        const std::int64_t elements = job.model().layers[static_cast<std::size_t>(layer)].weights();
        const bool isPacked = storage.bits == 4;
        return {{weight.name, isPacked ? std::vector{elements / 2} : grouped(weight.shape, storage),
                 isPacked ? ldm::DType::U8 : ldm::DType::I8,
                 [&job, layer, storage] { return storedCodes(integersOf(job, layer, storage).codes, storage); }},
                {besides(weight.name, "scale"), scaleShape(weight.shape, storage), ldm::DType::F32,
                 [&job, layer, storage] { return integersOf(job, layer, storage).scale; }}};
    }

    /// Every weight by its full name: shorter entries would match others, too.
    static nlohmann::ordered_json configuration(const ExportJob& job) {
        std::vector<std::string> floats, nibbles;
        nlohmann::ordered_json groups = nlohmann::ordered_json::object();
        for (std::size_t i = 0; i < job.model().layers.size(); ++i) {
            const int layer = static_cast<int>(i);
            const std::string& name = job.model().layers[i].name;
            const std::string weight = name.substr(name.find('.') + 1) + ".weight";
            if (job.carriageOf(layer).carriage == Carriage::Float) {
                floats.push_back(weight);
                continue;
            }
            const Storage storage = storedAs(job, layer);
            if (storage.bits == 4) nibbles.push_back(weight);
            if (storage.group > 0) groups[weight]["group_size"] = storage.group;
        }
        nlohmann::ordered_json types = nlohmann::ordered_json::object();
        if (!nibbles.empty()) types["int4"] = nibbles;
        return described(floats, types, groups);
    }

    static nlohmann::ordered_json described(const std::vector<std::string>& floats, const nlohmann::ordered_json& types,
                                            const nlohmann::ordered_json& groups) {
        return {{"quant_method", "sdnq"},
                {"sdnq_version", "0.2.5"},
                {"weights_dtype", "int8"},
                {"is_integer", true},
                {"is_unsigned", false},
                {"quantized_matmul_dtype", nullptr},
                {"group_size", -1},
                {"quant_conv", true},
                {"quant_embedding", false},
                {"use_svd", false},
                {"svd_rank", 32},
                {"svd_steps", 8},
                {"use_hadamard", false},
                {"hadamard_group_size", 256},
                {"use_codebook", false},
                {"codebook_steps", 24},
                {"use_quantized_matmul", false},
                {"use_quantized_matmul_conv", false},
                {"use_static_quantization", true},
                {"use_dynamic_quantization", false},
                {"use_stochastic_rounding", false},
                {"dequantize_fp32", true},
                {"non_blocking", false},
                {"add_skip_keys", false},
                {"is_training", false},
                {"minimum_allowed_numel", 16384},
                {"minimum_allowed_channel_size", 32},
                {"modules_to_not_convert", floats},
                {"modules_to_not_use_matmul", nlohmann::ordered_json::array()},
                {"modules_dtype_dict", types},
                {"modules_quant_config", groups}};
    }
};

} // namespace

std::unique_ptr<Exporter> sdnqExporter() {
    return std::make_unique<Sdnq>();
}

} // namespace quant
