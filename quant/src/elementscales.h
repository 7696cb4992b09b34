#pragma once

#include <quant/quantize.h>

#include <ATen/core/Tensor.h>

namespace quant {

/// The scale of every element, float32 [out, columns], from the scales behind integer codes.
at::Tensor elementScales(const IntegerWeights& weights, WeightFormat format);

} // namespace quant
