#include "baked.h"

#include "kernels.h"

#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <memory>
#include <span>

namespace quant {

namespace {

namespace fs = std::filesystem;

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

at::Tensor quantizedLayer(const at::Tensor& weight, WeightFormat format, const LayerTreatment* treated,
                          const std::string& name) {
    try {
        if (treated) return treated->effectiveWeight(weight, format);
        return format == WeightFormat::Fp32 ? weight : quantizedWeights(weight, format);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "'" + name + "': " + error.what());
    }
}

BakedTensor bakedTensor(const ldm::StoredTensor& tensor, const std::string& name, const ldm::ModelInfo& model,
                        const Plan& plan, const Treatment& treatment) {
    BakedTensor baked{tensor.name, tensor.shape, ldm::DType::F16, {}, false};
    if (!at::isFloatingType(ldm::toScalarType(tensor.type))) {
        baked.type = tensor.type;
        baked.values = [tensor] { return tensor.values().contiguous(); };
        return baked;
    }
    const int layer = layerOf(name, model);
    const LayerTreatment* treated = layer >= 0 ? treatment.find(layer) : nullptr;
    WeightFormat format = WeightFormat::Fp32;
    if (layer >= 0) { // in the network's shape: containers may keep 1x1 convolutions as matrices
        baked.shape = model.layers[static_cast<std::size_t>(layer)].weightShape;
        format = plan.segments.front().formats[static_cast<std::size_t>(layer)].weights;
    }
    const bool isPlain = format == WeightFormat::Fp32 || (treated && treated->exact);
    baked.rounded = isPlain && tensor.type != ldm::DType::F16;
    baked.values = [tensor, name, format, treated, shape = baked.shape] {
        return toHalf(quantizedLayer(tensor.values().reshape(shape), format, treated, name), name);
    };
    return baked;
}

} // namespace

fs::path weightFile(const std::string& part) {
    return fs::path(part) /
           (part.starts_with("text_encoder") ? "model.safetensors" : "diffusion_pytorch_model.safetensors");
}

std::vector<BakedTensor> bake(const ldm::PartSource& part, const ldm::ModelInfo& model, const Plan& plan,
                              const Treatment& treatment) {
    std::vector<BakedTensor> baked;
    for (const ldm::StoredTensor& tensor : part.tensors.tensors())
        if (!ldm::isIgnorable(tensor.name))
            baked.push_back(bakedTensor(tensor, part.name + "." + tensor.name, model, plan, treatment));
    return baked;
}

ldm::OwnedBytes bytesOf(at::Tensor values) {
    auto owner = std::make_shared<const at::Tensor>(std::move(values));
    return {{static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes()}, owner};
}

} // namespace quant
