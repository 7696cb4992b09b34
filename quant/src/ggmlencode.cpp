#include "ggmlencode.h"
#include "vectorised.h"

#include <quant/ggml.h>

#include <ldm/error.h>

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quant {

namespace ggml {

namespace {

using ldm::ggml::kSmall;
constexpr int kHalf = kSmall / 2;

NOISEFLOOR_INLINE std::uint16_t half(float value) {
    return c10::detail::fp16_ieee_from_fp32_value(value);
}

NOISEFLOOR_INLINE float inverse(float value) {
    return value != 0 ? 1 / value : 0;
}

struct Range {
    float lo;
    float hi;
};

NOISEFLOOR_INLINE Range rangeOf(const float* x) {
    Lanes los;
    std::memcpy(&los, x, sizeof los);
    Lanes his = los;
    for (std::size_t i = kLanes; i < kSmall; i += kLanes) {
        Lanes next;
        std::memcpy(&next, x + i, sizeof next);
        los = next < los ? next : los;
        his = next > his ? next : his;
    }
    Range range{los[0], his[0]};
    for (std::size_t lane = 1; lane < kLanes; ++lane) {
        range.lo = los[lane] < range.lo ? los[lane] : range.lo;
        range.hi = his[lane] > range.hi ? his[lane] : range.hi;
    }
    return range;
}

/// The first of the values with the largest magnitude; 0, not -0, where all are zero.
NOISEFLOOR_INLINE float extreme(const float* x) {
    const Range range = rangeOf(x);
    if (range.hi != -range.lo) return range.hi > -range.lo ? range.hi : range.lo;
    float found = 0;
    for (int i = 0; i < kSmall; ++i)
        if (std::abs(x[i]) > std::abs(found)) found = x[i];
    return found;
}

/// The first of the smallest values, which matters for zeros of both signs, and the distance to the largest.
struct Span {
    float least;
    float width;
};

NOISEFLOOR_INLINE Span spanOf(const float* x) {
    const Range range = rangeOf(x);
    if (range.lo != 0) return {range.lo, range.hi - range.lo};
    return {*std::find(x, x + kSmall, 0.0F), std::abs(range.hi)};
}

/// Codes (x - least) / d + offset of a block by truncation, `inverse` being 1 / d. Where d is too small to have an
/// inverse, all are zero.
NOISEFLOOR_INLINE void truncated(const float* x, float least, float inverse, float offset, int most,
                                 std::uint8_t* codes) {
    if (std::isinf(inverse)) return;
    for (int i = 0; i < kSmall; ++i) {
        const int code = static_cast<int>((x[i] - least) * inverse + offset);
        codes[i] = static_cast<std::uint8_t>(code < most ? code : most);
    }
}

NOISEFLOOR_INLINE void packNibbles(const std::uint8_t* codes, std::uint8_t* qs) {
    for (int i = 0; i < kHalf; ++i) qs[i] = static_cast<std::uint8_t>((codes[i] & 15) | codes[i + kHalf] << 4);
}

NOISEFLOOR_INLINE void packFiveBits(const std::uint8_t* codes, std::uint8_t* qs, std::uint8_t* qh) {
    packNibbles(codes, qs);
    for (int i = 0; i < kSmall / 8; ++i) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, codes + i * 8, sizeof eight);
        // The fifth bits, one a byte, are brought side by side in the highest byte.
        qh[i] = static_cast<std::uint8_t>((eight >> 4 & 0x0101010101010101) * 0x0102040810204080 >> 56);
    }
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q4_0& block) {
    const float d = extreme(x) / -8;
    block.d = half(d);
    std::uint8_t codes[kSmall] = {};
    truncated(x, 0, inverse(d), 8.5F, 15, codes);
    packNibbles(codes, block.qs);
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q4_1& block) {
    const Span span = spanOf(x);
    const float d = span.width / 15;
    block.d = half(d);
    block.m = half(span.least);
    std::uint8_t codes[kSmall] = {};
    truncated(x, span.least, inverse(d), 0.5F, 15, codes);
    packNibbles(codes, block.qs);
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q5_0& block) {
    const float d = extreme(x) / -16;
    block.d = half(d);
    std::uint8_t codes[kSmall] = {};
    truncated(x, 0, inverse(d), 16.5F, 31, codes);
    packFiveBits(codes, block.qs, block.qh);
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q5_1& block) {
    const Span span = spanOf(x);
    const float d = span.width / 31;
    block.d = half(d);
    block.m = half(span.least);
    std::uint8_t codes[kSmall] = {};
    truncated(x, span.least, inverse(d), 0.5F, 31, codes);
    packFiveBits(codes, block.qs, block.qh);
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q8_0& block) {
    const float d = std::abs(extreme(x)) / 127;
    block.d = half(d);
    const float id = inverse(d);
    if (std::isinf(id)) return;
    for (int i = 0; i < kSmall; ++i) {
        const float scaled = x[i] * id;
        const int whole = static_cast<int>(scaled);
        const float rest = scaled - static_cast<float>(whole); // exact; halves are rounded away from zero
        block.qs[i] = static_cast<std::int8_t>(whole + (rest >= 0.5F ? 1 : 0) - (rest <= -0.5F ? 1 : 0));
    }
}

template <typename Block> NOISEFLOOR_INLINE void encodeAll(const float* values, std::size_t blocks, std::byte* out) {
    for (std::size_t i = 0; i < blocks; ++i) {
        Block block{};
        encode(values + i * kSmall, block);
        std::memcpy(out + i * sizeof block, &block, sizeof block);
    }
}

} // namespace

NOISEFLOOR_VECTORISED
void encodeQ4_0(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q4_0>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ4_1(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q4_1>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ5_0(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q5_0>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ5_1(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q5_1>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ8_0(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q8_0>(values, blocks, out);
}

} // namespace ggml

const ldm::GgmlType& ggmlType(WeightFormat format) {
    const auto id = [format]() -> std::uint32_t {
        switch (format) {
        case WeightFormat::Q4_0:
            return 2;
        case WeightFormat::Q4_1:
            return 3;
        case WeightFormat::Q5_0:
            return 6;
        case WeightFormat::Q5_1:
            return 7;
        case WeightFormat::Q8_0:
            return 8;
        case WeightFormat::Q4_K:
            return 12;
        case WeightFormat::Q5_K:
            return 13;
        case WeightFormat::Q6_K:
            return 14;
        default:
            throw ldm::Error(ldm::ErrorKind::Failed,
                             std::string(nameOf(format)) + " is no GGUF type; this is a fault of the program.");
        }
    };
    return *ldm::ggmlType(id());
}

void encodeBlocks(WeightFormat format, std::span<const float> values, std::byte* blocks) {
    switch (format) {
    case WeightFormat::Q4_0:
        return ggml::encodeQ4_0(values.data(), values.size() / ldm::ggml::kSmall, blocks);
    case WeightFormat::Q4_1:
        return ggml::encodeQ4_1(values.data(), values.size() / ldm::ggml::kSmall, blocks);
    case WeightFormat::Q5_0:
        return ggml::encodeQ5_0(values.data(), values.size() / ldm::ggml::kSmall, blocks);
    case WeightFormat::Q5_1:
        return ggml::encodeQ5_1(values.data(), values.size() / ldm::ggml::kSmall, blocks);
    case WeightFormat::Q8_0:
        return ggml::encodeQ8_0(values.data(), values.size() / ldm::ggml::kSmall, blocks);
    case WeightFormat::Q4_K:
        return ggml::encodeQ4_K(values.data(), values.size() / ldm::ggml::kSuper, blocks);
    case WeightFormat::Q5_K:
        return ggml::encodeQ5_K(values.data(), values.size() / ldm::ggml::kSuper, blocks);
    case WeightFormat::Q6_K:
        return ggml::encodeQ6_K(values.data(), values.size() / ldm::ggml::kSuper, blocks);
    default:
        ggmlType(format); // throws
    }
}

} // namespace quant
