#include "baked.h"

#include "../kernels.h"
#include "pieces.h"

#include <quant/quantize.h>

#include <ldm/error.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <memory>
#include <span>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// One of so many values that become zero is noticeable: about what leaves a weight 40 dB.
constexpr std::int64_t kNoticeableShare = 100;

bool isFinite(const at::Tensor& values) {
    const at::Tensor all = values.flatten();
    bool finite = true;
    forPieces(all.numel(), [&](std::int64_t begin, std::int64_t length) {
        const at::Tensor piece = all.narrow(0, begin, length).to(at::kFloat);
        finite &= kernels::minMax(piece.data_ptr<float>(), static_cast<std::size_t>(length)).finite;
    });
    return finite;
}

/// Tells of values that became zero. Throws BadInput where all of them did.
void requireKept(const at::Tensor& values, const at::Tensor& result, const std::string& name, Underflows* underflows,
                 const std::string& remedy) {
    const std::int64_t before = values.count_nonzero().item<std::int64_t>();
    const std::int64_t after = result.count_nonzero().item<std::int64_t>();
    const bool isHalf = result.scalar_type() == at::kHalf;
    if (before > 0 && after == 0)
        throw ldm::badInput("'" + name + "' would become all zeros, since its values are below the least that " +
                            (isHalf ? "fp16" : "bf16") + " holds; " + remedy + ".");
    if (underflows && (before - after) * kNoticeableShare > before) (*underflows)[remedy].push_back(name);
}

/// For most formats, whose floats are all of the type that was asked for.
std::string widerThan(FloatFormat floats) {
    return floats == FloatFormat::Fp16 ? "write floats as bf16 or fp32" : "write floats as fp32";
}

BakedTensor bakedTensor(const ldm::StoredTensor& tensor, const std::string& name, const ldm::ModelInfo& model,
                        const Plan& plan, const Treatment& treatment, FloatFormat floats, Underflows* underflows) {
    BakedTensor baked{tensor.name, tensor.shape, storedType(floats), {}};
    if (!at::isFloatingType(ldm::toScalarType(tensor.type))) {
        baked.type = tensor.type;
        baked.values = [tensor] { return tensor.values().contiguous(); };
        return baked;
    }
    baked.layer = layerOfTensor(name, model);
    const LayerTreatment* treated = baked.layer >= 0 ? treatment.find(baked.layer) : nullptr;
    WeightFormat format = WeightFormat::Fp32;
    if (baked.layer >= 0) { // in the network's shape: containers may keep 1x1 convolutions as matrices
        baked.shape = model.layers[static_cast<std::size_t>(baked.layer)].weightShape;
        format = plan.segments.front().formats[static_cast<std::size_t>(baked.layer)].weights;
    }
    const bool isPlain = format == WeightFormat::Fp32 || (treated && treated->exact);
    baked.rounded = isPlain && floats != FloatFormat::Fp32 && tensor.type != storedType(floats);
    baked.values = [tensor, name, format, treated, floats, underflows, shape = baked.shape] {
        const at::Tensor values = roundedWeight(tensor.values().reshape(shape), format, treated, name);
        return released(tensor, toFloats(values, floats, name, underflows));
    };
    return baked;
}

} // namespace

int layerOfTensor(std::string_view tensor, const ldm::ModelInfo& model) {
    constexpr std::string_view kSuffix = ".weight";
    if (!tensor.ends_with(kSuffix)) return -1;
    return model.layerIndex(tensor.substr(0, tensor.size() - kSuffix.size()));
}

ldm::DType storedType(FloatFormat floats) {
    switch (floats) {
    case FloatFormat::Fp32:
        return ldm::DType::F32;
    case FloatFormat::Fp16:
        return ldm::DType::F16;
    case FloatFormat::Bf16:
        break;
    }
    return ldm::DType::BF16;
}

fs::path weightFile(const std::string& part, const std::string& variant) {
    return fs::path(part) / ((part.starts_with("text_encoder") ? "model" : "diffusion_pytorch_model") +
                             (variant.empty() ? "" : "." + variant) + ".safetensors");
}

at::Tensor roundedWeight(const at::Tensor& weight, WeightFormat format, const LayerTreatment* treated,
                         const std::string& name) {
    try {
        if (treated) return treated->effectiveWeight(weight, format);
        return format == WeightFormat::Fp32 ? weight : quantizedWeights(weight, format);
    } catch (const ldm::Error& error) {
        throw ldm::Error(error.kind(), "'" + name + "': " + error.what());
    }
}

at::Tensor toFloats(const at::Tensor& values, FloatFormat floats, const std::string& name, Underflows* underflows,
                    const std::string& remedy) {
    const std::string wider = remedy.empty() ? widerThan(floats) : remedy;
    at::Tensor result = values.to(ldm::toScalarType(storedType(floats))).contiguous();
    if (isFinite(result)) {
        const bool isNarrower = floats != FloatFormat::Fp32 && values.scalar_type() != result.scalar_type();
        if (isNarrower) requireKept(values, result, name, underflows, wider);
        return result;
    }
    throw ldm::badInput(isFinite(values)
                            ? "'" + name + "' has values above 65504, which fp16 cannot hold; " + wider + "."
                            : "'" + name + "' has values that are not finite numbers; replace the damaged checkpoint.");
}

at::Tensor released(const ldm::StoredTensor& source, at::Tensor values) {
    const auto* begin = static_cast<const std::byte*>(values.data_ptr());
    const std::span<const std::byte> mapped = source.stored;
    const bool isView = !mapped.empty() && begin >= mapped.data() && begin < mapped.data() + mapped.size();
    if (isView) values = values.clone();
    source.release();
    return values;
}

std::vector<BakedTensor> bake(const ldm::PartSource& part, const ldm::ModelInfo& model, const Plan& plan,
                              const Treatment& treatment, FloatFormat floats, Underflows* underflows) {
    std::vector<BakedTensor> baked;
    for (const ldm::StoredTensor& tensor : part.tensors.tensors())
        if (!ldm::isIgnorable(tensor.name))
            baked.push_back(
                bakedTensor(tensor, part.name + "." + tensor.name, model, plan, treatment, floats, underflows));
    return baked;
}

ldm::OwnedBytes bytesOf(at::Tensor values) {
    auto owner = std::make_shared<const at::Tensor>(std::move(values));
    return {{static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes()}, owner};
}

} // namespace quant
