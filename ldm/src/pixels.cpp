#include "pixels.h"

#include <ATen/ATen.h>

namespace ldm {

Image imageOf(const at::Tensor& pixels) {
    const at::Tensor unit = (pixels / 2 + 0.5).clamp(0, 1).permute({1, 2, 0});
    const at::Tensor bytes = (unit * 255).round().to(at::kCPU, at::kByte).contiguous();
    const auto* data = bytes.data_ptr<std::uint8_t>();
    return {static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), {data, data + bytes.numel()}};
}

} // namespace ldm
