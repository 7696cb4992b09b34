#pragma once

#include <quant/quantize.h>

#include <ATen/core/Tensor.h>

#include <optional>

namespace quant {

/// Codes of at most 255 levels of float32 values in any shape: uint8, contiguous, 0 to scale.levels. Nothing if one is
/// NaN, which has no code.
std::optional<at::Tensor> inputCodes(const at::Tensor& x, const ActivationScale& scale);
/// The same of x [N, C, H, W] with the channels of a position side by side: [N, H, W, C].
std::optional<at::Tensor> inputCodesByPosition(const at::Tensor& x, const ActivationScale& scale);

} // namespace quant
