#include <quant/quantize.h>

#include "kernels.h"
#include "tensors.h"

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

void quantizeInteger(const float* x, float* out, std::size_t n, const ActivationScale& s) {
    kernels::quantizeInteger(x, out, n, s.scale, static_cast<float>(-s.zeroPoint),
                             static_cast<float>(s.levels - s.zeroPoint));
}

/// A token with a value that is no finite number has no range: it is passed on as it is, for all to see.
at::Tensor quantizedByToken(const at::Tensor& x, ActivationFormat format, std::int64_t width) {
    at::Tensor result = at::empty(x.sizes(), at::kFloat);
    if (x.numel() == 0) return result;
    const float* in = x.data_ptr<float>();
    float* out = result.data_ptr<float>();
    const auto n = static_cast<std::size_t>(width);
    inParallel(x.numel() / width, width, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t token = first; token < last; ++token) {
            const float* from = in + token * width;
            const auto range = kernels::minMax(from, n);
            if (range.finite)
                quantizeInteger(from, out + token * width, n, activationScale({range.lo, range.hi}, format));
            else
                std::copy_n(from, n, out + token * width);
        }
    });
    return result;
}

at::Tensor quantizedByTensor(const at::Tensor& x, ActivationFormat format, Range range) {
    at::Tensor result = at::empty(x.sizes(), at::kFloat);
    const float* in = x.data_ptr<float>();
    float* out = result.data_ptr<float>();
    const auto each = [&](const auto& kernel) {
        inParallel(x.numel(), 1, [&](std::int64_t first, std::int64_t last) {
            kernel(in + first, out + first, static_cast<std::size_t>(last - first));
        });
    };
    if (format == ActivationFormat::Fp8E4M3) {
        const float scale = std::max(std::abs(range.lo), std::abs(range.hi)) / kLargestE4M3;
        each([s = scale > 0 ? scale : 1.0F](const float* from, float* to, std::size_t n) {
            kernels::quantizeE4M3(from, to, n, s, kLargestE4M3);
        });
    } else {
        each([s = activationScale(range, format)](const float* from, float* to, std::size_t n) {
            quantizeInteger(from, to, n, s);
        });
    }
    return result;
}

/// Elements of a token.
std::int64_t tokenWidth(const at::Tensor& x, ldm::LayerKind kind) {
    if (x.numel() == 0 || x.dim() == 0) return 1;
    return kind == ldm::LayerKind::Linear ? x.size(-1) : x.numel() / x.size(0);
}

} // namespace

ActivationScale activationScale(Range range, ActivationFormat format) {
    if (format == ActivationFormat::Fp8E4M3 || bits(format) == 32 || format == ActivationFormat::Fp16 ||
        format == ActivationFormat::Bf16)
        throw ldm::badInput(std::string(nameOf(format)) + " has no zero point; use an integer format.");
    ActivationScale result;
    result.levels = (1 << bits(format)) - 1;
    const double lo = std::min(0.0F, range.lo);
    const double hi = std::max(0.0F, range.hi);
    const auto scale = static_cast<float>((hi - lo) / result.levels);
    if (!(scale > 0)) return result;
    result.scale = scale;
    const double zeroPoint = std::nearbyint(-lo / static_cast<double>(scale));
    result.zeroPoint = static_cast<std::int32_t>(std::min<double>(zeroPoint, result.levels));
    return result;
}

at::Tensor quantizedActivations(const at::Tensor& x, ActivationFormat format, Range range, ldm::LayerKind kind) {
    switch (format) {
    case ActivationFormat::Fp32:
        return x;
    case ActivationFormat::Fp16:
        return throughHalf(x, at::kHalf).to(x.device());
    case ActivationFormat::Bf16:
        return throughHalf(x, at::kBFloat16).to(x.device());
    case ActivationFormat::Int8Token:
    case ActivationFormat::Int4Token:
        return quantizedByToken(plainFloats(x), format, tokenWidth(x, kind)).to(x.device());
    default:
        return quantizedByTensor(plainFloats(x), format, range).to(x.device());
    }
}

} // namespace quant
