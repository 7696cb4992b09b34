#pragma once

#include <quant/recipe.h>

#include <ldm/safetensors.h>

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace quant {

/// One part of a model ("unet", "vae", "text_encoder") as it will be written: every floating-point tensor in fp16, the
/// weights of the UNet's layers with the recipe's quantization baked in.
struct BakedPart {
    std::string name;
    std::filesystem::path file; ///< relative to the model's folder, as diffusers names it
    std::vector<ldm::TensorToWrite> tensors;
    std::vector<at::Tensor> held; ///< keeps the data of `tensors` alive
    std::int64_t rounded = 0;     ///< tensors that had more precision than fp16 and were not quantized
};

/// The parts' names, in the order in which they are written.
const std::vector<std::string>& bakedParts();
/// Where diffusers expects a part's weights, relative to the model's folder.
std::filesystem::path weightFile(const std::string& part);

/// Throws BadInput naming the tensor for values that fp16 cannot hold. `each` is called before every tensor; it may
/// throw to stop.
BakedPart bake(const std::string& part, const ldm::ModelInfo& model, const Plan& plan,
               const std::function<void()>& each);

} // namespace quant
