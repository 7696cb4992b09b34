#pragma once

#include "work.h"

namespace analysis {

/// What quantizing a layer's weights, float32, costs them. Throws as quant::quantizedWeights() does, naming the layer.
quant::ErrorSums weightErrors(const ldm::Layer& layer, const at::Tensor& weight, quant::WeightFormat format);

/// Measures the missing rows of `weights`: reads every layer's weights once and runs nothing. Weights that are not
/// finite throw BadInput naming the layer. False when stopped.
bool measureWeights(Work& work);

} // namespace analysis
