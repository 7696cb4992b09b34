#include <quant/quantize.h>

#include "kernels.h"
#include "tensors.h"

#include <quant/ggml.h>

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace quant {

namespace {

/// The weight as rows, one per output channel, and the largest magnitude of each group of elements in a row.
struct Rows {
    at::Tensor weight; ///< float32, contiguous
    std::int64_t count = 0;
    std::int64_t width = 0;
    std::int64_t group = 1;  ///< elements; the last of a row may have fewer
    std::int64_t groups = 0; ///< in a row
    at::Tensor largest;      ///< float32 [count, groups]

    /// Calls each(element, length, group) for all groups.
    template <typename Each> void forGroups(const Each& each) const {
        inParallel(count, width, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t index = first * groups; index < last * groups; ++index) {
                const std::int64_t begin = index % groups * group;
                each(index / groups * width + begin, std::min(group, width - begin), index);
            }
        });
    }
};

/// `group` 0 makes one group of each row. Throws for values that are not finite.
Rows rowsOf(const at::Tensor& weight, std::int64_t group = 0) {
    Rows rows;
    rows.weight = plainFloats(weight);
    rows.count = weight.dim() > 0 ? weight.size(0) : 1;
    rows.width = rows.count > 0 ? weight.numel() / rows.count : 0;
    rows.group = group > 0 ? group : std::max<std::int64_t>(1, rows.width);
    rows.groups = (rows.width + rows.group - 1) / rows.group;
    rows.largest = at::zeros({rows.count, rows.groups}, at::kFloat);
    std::vector<char> finite(static_cast<std::size_t>(rows.count * rows.groups));
    const float* w = rows.weight.data_ptr<float>();
    float* largest = rows.largest.data_ptr<float>();
    rows.forGroups([&](std::int64_t element, std::int64_t length, std::int64_t index) {
        const auto range = kernels::minMax(w + element, static_cast<std::size_t>(length));
        finite[static_cast<std::size_t>(index)] = range.finite;
        largest[index] = std::max(-range.lo, range.hi);
    });
    if (std::find(finite.begin(), finite.end(), 0) != finite.end()) throw ldm::badInput(kWeightNotFinite);
    return rows;
}

/// Calls quantize(in, out, length, scale) for all groups with a scale; the others become zero. Returns the scales.
template <typename Out, typename Quantize>
at::Tensor eachGroup(const Rows& rows, float limit, Out* out, const Quantize& quantize) {
    at::Tensor scales = at::empty_like(rows.largest);
    const float* w = rows.weight.data_ptr<float>();
    const float* largest = rows.largest.data_ptr<float>();
    float* scale = scales.data_ptr<float>();
    rows.forGroups([&](std::int64_t element, std::int64_t length, std::int64_t index) {
        scale[index] = largest[index] / limit;
        if (scale[index] > 0)
            quantize(w + element, out + element, static_cast<std::size_t>(length), scale[index]);
        else
            std::fill_n(out + element, length, Out{});
    });
    return scales;
}

at::Tensor throughScales(const at::Tensor& weight, WeightFormat format) {
    const Rows rows = rowsOf(weight, *scaleGroup(format));
    // A copy that was made for reading is written over.
    const bool isCopy = rows.weight.data_ptr() != weight.data_ptr();
    const at::Tensor result = isCopy ? rows.weight : at::empty_like(rows.weight);
    const float limit = codeLimit(format);
    eachGroup(rows, limit, result.data_ptr<float>(), [&](const float* in, float* out, std::size_t n, float scale) {
        if (format == WeightFormat::Fp8E4M3)
            kernels::quantizeE4M3(in, out, n, scale, limit);
        else
            kernels::quantizeInteger(in, out, n, scale, -limit, limit);
    });
    return result;
}

} // namespace

at::Tensor quantizedWeights(const at::Tensor& weight, WeightFormat format) {
    format = storedAs(format, weight.sizes());
    switch (format) {
    case WeightFormat::Fp32:
        return rowsOf(weight).weight;
    case WeightFormat::Fp16:
        return throughHalf(rowsOf(weight).weight, at::kHalf);
    case WeightFormat::Bf16:
        return throughHalf(rowsOf(weight).weight, at::kBFloat16);
    default:
        break;
    }
    if (isGguf(format)) return decodedBlocks(encodedBlocks(weight, format), format, weight.sizes().vec());
    return throughScales(weight, format);
}

std::int64_t encodedBytes(std::int64_t values, WeightFormat format) {
    const ldm::GgmlType& type = ggmlType(format);
    return values / static_cast<std::int64_t>(type.elements) * static_cast<std::int64_t>(type.bytes);
}

at::Tensor encodedBlocks(const at::Tensor& weight, WeightFormat format) {
    const Rows rows = rowsOf(weight);
    const std::int64_t values = rows.weight.numel();
    if (values > 0 && rows.largest.max().item<float>() > kLargestGgmlValue)
        throw ldm::badInput("a weight is above 65504, which the scales of " + std::string(nameOf(format)) +
                            " cannot hold; give this layer another format.");
    at::Tensor blocks = at::empty({encodedBytes(values, format)}, at::kByte);
    const std::size_t elements = ggmlType(format).elements;
    const std::size_t bytes = ggmlType(format).bytes;
    const float* in = rows.weight.data_ptr<float>();
    auto* out = reinterpret_cast<std::byte*>(blocks.data_ptr<std::uint8_t>());
    inParallel(values / static_cast<std::int64_t>(elements), static_cast<std::int64_t>(elements),
               [&](std::int64_t first, std::int64_t last) {
                   const auto begin = static_cast<std::size_t>(first);
                   const auto count = static_cast<std::size_t>(last - first);
                   encodeBlocks(format, {in + begin * elements, count * elements}, out + begin * bytes);
               });
    return blocks;
}

at::Tensor decodedBlocks(const at::Tensor& blocks, WeightFormat format, const std::vector<std::int64_t>& shape) {
    const ldm::GgmlType& type = ggmlType(format);
    at::Tensor values = at::empty(shape, at::kFloat);
    const auto elements = static_cast<std::int64_t>(type.elements);
    const auto* in = reinterpret_cast<const std::byte*>(blocks.data_ptr<std::uint8_t>());
    float* out = values.data_ptr<float>();
    inParallel(values.numel() / elements, elements, [&](std::int64_t first, std::int64_t last) {
        type.decode(in + first * static_cast<std::int64_t>(type.bytes), last - first, out + first * elements);
    });
    return values;
}

IntegerWeights integerWeights(const at::Tensor& weight, WeightFormat format) {
    if (!isInteger(format))
        throw ldm::badInput(std::string(nameOf(format)) + " has no integer codes of its own; use int8 or int4.");
    const float limit = codeLimit(format);
    const Rows rows = rowsOf(weight, *scaleGroup(format));
    at::Tensor codes = at::empty(rows.weight.sizes(), at::kChar);
    const at::Tensor scales = eachGroup(rows, limit, codes.data_ptr<std::int8_t>(),
                                        [&](const float* in, std::int8_t* out, std::size_t n, float scale) {
                                            kernels::integerCodes(in, out, n, scale, -limit, limit);
                                        });
    return {codes, *scaleGroup(format) > 0 ? scales : scales.reshape({rows.count})};
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

} // namespace quant
