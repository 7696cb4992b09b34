#pragma once

#include <quant/treatment.h>

#include <ldm/model.h>

namespace quant {

/// Sets smoothing and alpha of a treatment as treat() describes.
void chooseSmoothing(LayerTreatment& treatment, const at::Tensor& weight, const LayerInputs& inputs,
                     const PlannedTreatment& planned, ldm::LayerKind kind);

} // namespace quant
