#pragma once

#include <quant/recipe.h>
#include <quant/treatment.h>

#include <ldm/checkpoint.h>

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace quant {

/// A tensor as it will be written: floating-point ones in fp16, the weights of the UNet's layers with the recipe's
/// quantization baked in. The values are made when it is its turn, so that exporting takes little memory.
struct BakedTensor {
    std::string name; ///< within its part, as diffusers names it
    std::vector<std::int64_t> shape;
    ldm::DType type = ldm::DType::F16;
    std::function<at::Tensor()> values; ///< contiguous; throws BadInput naming a tensor that fp16 cannot hold
    bool rounded = false;               ///< had more precision than fp16 and was not quantized
};

/// Where diffusers expects a part's weights, relative to the model's folder.
std::filesystem::path weightFile(const std::string& part);

/// `treatment` must outlive the tensors. Smoothing, low rank and error feedback are part of the weights.
std::vector<BakedTensor> bake(const ldm::PartSource& part, const ldm::ModelInfo& model, const Plan& plan,
                              const Treatment& treatment);

/// The bytes of a tensor, for writing.
ldm::OwnedBytes bytesOf(at::Tensor values);

} // namespace quant
