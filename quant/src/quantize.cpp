#include <quant/quantize.h>

#include "kernels.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace quant {

namespace {

constexpr float kLargestE4M3 = 448;
constexpr std::int64_t kGrain = 1 << 15; ///< elements below which a second thread does not pay
constexpr auto kSumBlock = static_cast<std::int64_t>(kernels::kSumBlock);

/// Largest code of a symmetric integer format.
float codeLimit(WeightFormat format) {
    return static_cast<float>((1 << (bits(format) - 1)) - 1);
}

/// The values where the kernels can read them.
at::Tensor plainFloats(const at::Tensor& tensor) {
    return tensor.to(at::kCPU, at::kFloat).contiguous();
}

/// Runs work(first, last) over 0..count with about kGrain elements per piece.
template <typename Work> void inParallel(std::int64_t count, std::int64_t elementsEach, const Work& work) {
    at::parallel_for(0, count, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, elementsEach)), work);
}

/// The weight as rows, one per output channel, each with its scale max|w| / limit.
struct ScaledRows {
    at::Tensor weight; ///< float32, contiguous
    at::Tensor scale;  ///< float32 [out]; 0 for an all-zero channel
    std::int64_t rows = 0;
    std::int64_t width = 0;
};

ScaledRows scaledRows(const at::Tensor& weight, float limit) {
    ScaledRows result;
    result.weight = plainFloats(weight);
    result.rows = weight.size(0);
    result.width = result.rows > 0 ? weight.numel() / result.rows : 0;
    result.scale = at::zeros({result.rows}, at::kFloat);
    if (result.width == 0) return result;
    std::vector<char> finite(static_cast<std::size_t>(result.rows));
    const float* w = result.weight.data_ptr<float>();
    float* scale = result.scale.data_ptr<float>();
    inParallel(result.rows, result.width, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t row = first; row < last; ++row) {
            const auto range = kernels::minMax(w + row * result.width, static_cast<std::size_t>(result.width));
            finite[static_cast<std::size_t>(row)] = range.finite;
            scale[row] = std::max(-range.lo, range.hi) / limit;
        }
    });
    if (std::find(finite.begin(), finite.end(), 0) != finite.end())
        throw ldm::badInput("a weight is not a finite number; the checkpoint is damaged, replace it.");
    return result;
}

/// Calls row(in, out, scale) for all rows with a scale; the others become zero.
template <typename Out, typename Row> void eachRow(const ScaledRows& rows, Out* out, const Row& row) {
    const float* w = rows.weight.data_ptr<float>();
    const float* scale = rows.scale.data_ptr<float>();
    inParallel(rows.rows, rows.width, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            if (scale[i] > 0)
                row(w + i * rows.width, out + i * rows.width, scale[i]);
            else
                std::fill_n(out + i * rows.width, rows.width, Out{});
        }
    });
}

/// Rounded to a 16-bit float and back, saturating at its largest finite value.
at::Tensor throughHalf(const at::Tensor& x, at::ScalarType type) {
    const double largest = type == at::kHalf ? 65504.0 : 3.3895313892515355e38;
    return plainFloats(at::clamp(plainFloats(x), -largest, largest).to(type));
}

at::Tensor finiteThroughHalf(const at::Tensor& weight, at::ScalarType type) {
    return throughHalf(scaledRows(weight, 1).weight, type);
}

} // namespace

at::Tensor quantizedWeights(const at::Tensor& weight, WeightFormat format) {
    if (format == WeightFormat::Fp32) return scaledRows(weight, 1).weight;
    if (format == WeightFormat::Fp16) return finiteThroughHalf(weight, at::kHalf);
    if (format == WeightFormat::Bf16) return finiteThroughHalf(weight, at::kBFloat16);
    const bool isFloat = format == WeightFormat::Fp8E4M3;
    const float limit = isFloat ? kLargestE4M3 : codeLimit(format);
    const ScaledRows rows = scaledRows(weight, limit);
    // A copy that was made for reading is written over.
    const bool isCopy = rows.weight.data_ptr() != weight.data_ptr();
    const at::Tensor result = isCopy ? rows.weight : at::empty_like(rows.weight);
    const auto width = static_cast<std::size_t>(rows.width);
    eachRow(rows, result.data_ptr<float>(), [&](const float* in, float* out, float scale) {
        if (isFloat)
            kernels::quantizeE4M3(in, out, width, scale, limit);
        else
            kernels::quantizeInteger(in, out, width, scale, -limit, limit);
    });
    return result;
}

IntegerWeights integerWeights(const at::Tensor& weight, WeightFormat format) {
    if (format != WeightFormat::Int8 && format != WeightFormat::Int4)
        throw ldm::badInput(std::string(nameOf(format)) + " has no integer codes; use int8 or int4.");
    const float limit = codeLimit(format);
    const ScaledRows rows = scaledRows(weight, limit);
    at::Tensor codes = at::empty(rows.weight.sizes(), at::kChar);
    eachRow(rows, codes.data_ptr<std::int8_t>(), [&](const float* in, std::int8_t* out, float scale) {
        kernels::integerCodes(in, out, static_cast<std::size_t>(rows.width), scale, -limit, limit);
    });
    return {codes, rows.scale};
}

ActivationScale activationScale(Range range, ActivationFormat format) {
    if (format != ActivationFormat::Int8 && format != ActivationFormat::Int16)
        throw ldm::badInput(std::string(nameOf(format)) + " has no zero point; use int8 or int16.");
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

at::Tensor quantizedActivations(const at::Tensor& x, ActivationFormat format, Range range) {
    if (format == ActivationFormat::Fp32) return x;
    if (format == ActivationFormat::Fp16) return throughHalf(x, at::kHalf).to(x.device());
    if (format == ActivationFormat::Bf16) return throughHalf(x, at::kBFloat16).to(x.device());
    const at::Tensor input = plainFloats(x);
    at::Tensor result = at::empty(input.sizes(), at::kFloat);
    const float* in = input.data_ptr<float>();
    float* out = result.data_ptr<float>();
    const auto each = [&](const auto& kernel) {
        at::parallel_for(0, input.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
            kernel(in + first, out + first, static_cast<std::size_t>(last - first));
        });
    };
    if (format == ActivationFormat::Fp8E4M3) {
        const float scale = std::max(std::abs(range.lo), std::abs(range.hi)) / kLargestE4M3;
        each([s = scale > 0 ? scale : 1.0F](const float* from, float* to, std::size_t n) {
            kernels::quantizeE4M3(from, to, n, s, kLargestE4M3);
        });
    } else {
        const ActivationScale s = activationScale(range, format);
        const auto lo = static_cast<float>(-s.zeroPoint);
        const auto hi = static_cast<float>(s.levels - s.zeroPoint);
        each([&](const float* from, float* to, std::size_t n) {
            kernels::quantizeInteger(from, to, n, s.scale, lo, hi);
        });
    }
    return result.to(x.device());
}

float roundToE4M3(float value) {
    float result = 0;
    kernels::quantizeE4M3(&value, &result, 1, 1, kLargestE4M3);
    return result;
}

std::uint8_t encodeE4M3(float value) {
    const std::uint8_t sign = std::signbit(value) ? 0x80 : 0;
    if (std::isnan(value)) return sign | 0x7F;
    const float magnitude = std::abs(roundToE4M3(value));
    constexpr float kSmallestNormal = 0.015625F; // 2^-6
    constexpr float kSmallestFraction = 512.0F;  // 1 / 2^-9
    if (magnitude < kSmallestNormal) return sign | static_cast<std::uint8_t>(magnitude * kSmallestFraction);
    const std::uint32_t parts = std::bit_cast<std::uint32_t>(magnitude) >> 20; // exponent and three fraction bits
    return sign | static_cast<std::uint8_t>(parts - ((127 - 7) << 3));
}

float decodeE4M3(std::uint8_t code) {
    const int exponent = (code >> 3) & 0xF;
    const int fraction = code & 0x7;
    float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -9)
                                    : std::ldexp(static_cast<float>(8 + fraction), exponent - 10);
    if ((code & 0x7F) == 0x7F) magnitude = std::numeric_limits<float>::quiet_NaN();
    return (code & 0x80) != 0 ? -magnitude : magnitude;
}

ErrorSums& ErrorSums::operator+=(const ErrorSums& other) {
    signal += other.signal;
    error += other.error;
    return *this;
}

double ErrorSums::db() const {
    if (!std::isfinite(signal) || !std::isfinite(error)) return std::numeric_limits<double>::quiet_NaN();
    if (error == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / error);
}

ErrorSums errorSums(const at::Tensor& y, const at::Tensor& yq) {
    const at::Tensor a = plainFloats(y);
    const at::Tensor b = plainFloats(yq);
    const std::int64_t n = a.numel();
    if (b.sizes() != a.sizes())
        throw ldm::Error(ldm::ErrorKind::Failed,
                         "two tensors of different shape were compared; this is a fault of the program.");
    std::vector<kernels::BlockSums> blocks(static_cast<std::size_t>((n + kSumBlock - 1) / kSumBlock));
    inParallel(static_cast<std::int64_t>(blocks.size()), kSumBlock, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t block = first; block < last; ++block) {
            const std::int64_t begin = block * kSumBlock;
            blocks[static_cast<std::size_t>(block)] =
                kernels::errorSums(a.data_ptr<float>() + begin, b.data_ptr<float>() + begin,
                                   static_cast<std::size_t>(std::min(kSumBlock, n - begin)));
        }
    });
    ErrorSums total;
    for (const auto& block : blocks) total += {block.signal, block.error};
    return total;
}

} // namespace quant
