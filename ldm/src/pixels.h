#pragma once

#include <ldm/image.h>

#include <ATen/core/Tensor.h>

namespace ldm {

/// A picture of pixels [3, H, W] in [-1, 1]; values beyond are cut off.
Image imageOf(const at::Tensor& pixels);

} // namespace ldm
