#pragma once

#include <quant/quantize.h>

#include <ATen/core/Tensor.h>

#include <optional>

namespace quant {

/// The part of a code that is looked at, by the bits below it: one of at most 255 levels is Low alone.
enum class CodeByte : int { Low = 0, High = 8 };

/// One byte of the codes of float32 values in any shape: uint8, contiguous; the codes are 0 to scale.levels, at most
/// 65535. Nothing if a value is NaN, which has no code.
std::optional<at::Tensor> inputCodes(const at::Tensor& x, const ActivationScale& scale, CodeByte byte = CodeByte::Low);
/// The same of x [N, C, H, W] with the channels of a position side by side: [N, H, W, C].
std::optional<at::Tensor> inputCodesByPosition(const at::Tensor& x, const ActivationScale& scale,
                                               CodeByte byte = CodeByte::Low);

} // namespace quant
