#include "baked.h"

#include "kernels.h"

#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <span>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// The source's weights: under the plain name, or as the fp16 variant where there is no other.
ldm::SafetensorsFile openWeights(const fs::path& folder, const std::string& part) {
    const fs::path plain = folder / weightFile(part);
    fs::path variant = plain;
    variant.replace_extension(".fp16.safetensors");
    return ldm::SafetensorsFile::open(!fs::exists(plain) && fs::exists(variant) ? variant : plain);
}

bool isFinite(const at::Tensor& values) {
    const at::Tensor plain = values.to(at::kFloat).contiguous();
    return plain.numel() == 0 ||
           kernels::minMax(plain.data_ptr<float>(), static_cast<std::size_t>(plain.numel())).finite;
}

at::Tensor toHalf(const at::Tensor& values, const std::string& name) {
    at::Tensor half = values.to(at::kHalf).contiguous();
    if (isFinite(half)) return half;
    throw ldm::badInput(isFinite(values)
                            ? "'" + name + "' has values above 65504, which fp16 cannot hold; export the recipe alone."
                            : "'" + name + "' has values that are not finite numbers; replace the damaged checkpoint.");
}

/// The layer whose weight a tensor is; -1 for biases, norms and other parts.
int layerOf(const std::string& tensor, const ldm::ModelInfo& model) {
    constexpr std::string_view kSuffix = ".weight";
    if (!tensor.ends_with(kSuffix)) return -1;
    return model.layerIndex(std::string_view(tensor).substr(0, tensor.size() - kSuffix.size()));
}

at::Tensor quantizedLayer(const at::Tensor& weight, WeightFormat format, const std::string& name) {
    try {
        return quantizedWeights(weight, format);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "'" + name + "': " + error.what());
    }
}

void add(BakedPart& baked, const ldm::TensorEntry& entry, const at::Tensor& values, ldm::DType type) {
    const std::span<const std::byte> data(static_cast<const std::byte*>(values.data_ptr()), values.nbytes());
    baked.tensors.push_back({entry.name, type, entry.shape, data});
    baked.held.push_back(values);
}

} // namespace

const std::vector<std::string>& bakedParts() {
    static const std::vector<std::string> parts{"text_encoder", "unet", "vae"};
    return parts;
}

fs::path weightFile(const std::string& part) {
    return fs::path(part) / (part == "text_encoder" ? "model.safetensors" : "diffusion_pytorch_model.safetensors");
}

BakedPart bake(const std::string& part, const ldm::ModelInfo& model, const Plan& plan,
               const std::function<void()>& each) {
    BakedPart baked{part, weightFile(part), {}, {}, 0};
    const ldm::SafetensorsFile source = openWeights(model.path, part);
    for (const ldm::TensorEntry& entry : source.entries()) {
        each();
        if (entry.name.ends_with("position_ids")) continue; // a buffer of old files that loaders make themselves
        const std::string name = part + "." + entry.name;
        at::Tensor values = ldm::view(source, entry);
        if (!values.is_floating_point()) {
            add(baked, entry, values, entry.dtype);
            continue;
        }
        const int layer = layerOf(name, model);
        const WeightFormat format =
            layer < 0 ? WeightFormat::Fp32 : plan.segments.front().formats[static_cast<std::size_t>(layer)].weights;
        if (format != WeightFormat::Fp32)
            values = quantizedLayer(values, format, name);
        else if (entry.dtype != ldm::DType::F16)
            ++baked.rounded;
        add(baked, entry, toHalf(values, name), ldm::DType::F16);
    }
    return baked;
}

} // namespace quant
