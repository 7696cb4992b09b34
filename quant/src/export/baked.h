#pragma once

#include <quant/export.h>
#include <quant/treatment.h>

#include <ldm/checkpoint.h>

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace quant {

/// The type of a file that holds these floats.
ldm::DType storedType(FloatFormat floats);

/// The layer whose weight a tensor is, into ModelInfo::layers; -1 for biases, norms and other parts. The name has its
/// part: "unet.conv_in.weight".
int layerOfTensor(std::string_view tensor, const ldm::ModelInfo& model);

/// A tensor as it will be written: floating-point ones as the export's floats, the weights of the UNet's layers with
/// the recipe's quantization baked in. The values are made when it is its turn, so that exporting takes little memory.
struct BakedTensor {
    std::string name; ///< within its part, as diffusers names it
    std::vector<std::int64_t> shape;
    ldm::DType type = ldm::DType::F16;
    std::function<at::Tensor()> values; ///< contiguous; throws BadInput naming a tensor that the type cannot hold
    bool rounded = false;               ///< had more precision than it is written with and was not quantized
    int layer = -1;                     ///< whose weight it is, in ModelInfo::layers; -1 for all other tensors
};

/// Where diffusers expects a part's weights, relative to the model's folder:
/// "unet/diffusion_pytorch_model.safetensors".
std::filesystem::path weightFile(const std::string& part, const std::string& variant = {});

/// Names of the tensors of which a narrower float type made a noticeable share zero, by what helps: "write floats as
/// fp32".
using Underflows = std::map<std::string, std::vector<std::string>>;

/// `treatment` and `underflows`, which the values add to as they are made, must outlive the tensors. Smoothing, low
/// rank and error feedback are part of the weights.
std::vector<BakedTensor> bake(const ldm::PartSource& part, const ldm::ModelInfo& model, const Plan& plan,
                              const Treatment& treatment, FloatFormat floats, Underflows* underflows = nullptr);

/// A weight as a format rounds it, with its treatment if there is one: float32, or as stored for Fp32 without one.
/// `name` is for messages.
at::Tensor roundedWeight(const at::Tensor& weight, WeightFormat format, const LayerTreatment* treated,
                         const std::string& name);

/// Values in a float type, contiguous. Throws BadInput naming the tensor where the type cannot hold them: neither those
/// above its range nor any of those below. `remedy` is what to do then, if it is not to choose wider floats.
at::Tensor toFloats(const at::Tensor& values, FloatFormat floats, const std::string& name,
                    Underflows* underflows = nullptr, const std::string& remedy = {});

/// Values made from a tensor of a mapped file, whose pages are let go: large files are not to fill memory.
at::Tensor released(const ldm::StoredTensor& source, at::Tensor values);

/// The bytes of a tensor, for writing.
ldm::OwnedBytes bytesOf(at::Tensor values);

} // namespace quant
