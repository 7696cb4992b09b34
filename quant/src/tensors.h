#pragma once

#include <quant/format.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace quant {

inline constexpr float kLargestE4M3 = 448;

/// Largest code of a format with scales.
inline float codeLimit(WeightFormat format) {
    return format == WeightFormat::Fp8E4M3 ? kLargestE4M3 : static_cast<float>((1 << (bits(format) - 1)) - 1);
}

inline constexpr const char* kWeightNotFinite =
    "a weight is not a finite number; the checkpoint is damaged, replace it.";

/// The values where the kernels can read them.
inline at::Tensor plainFloats(const at::Tensor& tensor) {
    return tensor.to(at::kCPU, at::kFloat).contiguous();
}

/// Runs work(first, last) over 0..count in pieces for which a second thread pays.
template <typename Work> void inParallel(std::int64_t count, std::int64_t elementsEach, const Work& work) {
    constexpr std::int64_t kGrain = 1 << 15; // elements
    at::parallel_for(0, count, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, elementsEach)), work);
}

/// Rounded to a 16-bit float and back, saturating at its largest finite value.
inline at::Tensor throughHalf(const at::Tensor& x, at::ScalarType type) {
    const double largest = type == at::kHalf ? 65504.0 : 3.3895313892515355e38;
    return plainFloats(at::clamp(plainFloats(x), -largest, largest).to(type));
}

} // namespace quant
