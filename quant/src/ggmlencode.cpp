#include "ggmlencode.h"

#include <quant/ggml.h>

#include <ldm/error.h>

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace quant {

namespace ggml {

namespace {

using ldm::ggml::kSmall;
constexpr int kHalf = kSmall / 2;

std::uint16_t half(float value) {
    return c10::detail::fp16_ieee_from_fp32_value(value);
}

float inverse(float value) {
    return value != 0 ? 1 / value : 0;
}

/// The first of the values with the largest magnitude; 0, not -0, where all are zero.
float extreme(const float* x) {
    float found = 0;
    for (int i = 0; i < kSmall; ++i)
        if (std::abs(x[i]) > std::abs(found)) found = x[i];
    return found;
}

template <typename Level> void packNibbles(const Level& level, std::uint8_t* qs) {
    for (int i = 0; i < kHalf; ++i) qs[i] = static_cast<std::uint8_t>((level(i) & 15) | (level(i + kHalf) & 15) << 4);
}

template <typename Level> void packFiveBits(const Level& level, std::uint8_t* qs, std::uint8_t* qh) {
    packNibbles(level, qs);
    std::uint32_t high = 0;
    for (int i = 0; i < kSmall; ++i) high |= static_cast<std::uint32_t>(level(i) >> 4 & 1) << i;
    std::memcpy(qh, &high, sizeof high);
}

template <typename Block, int kElements> void encodeAll(std::span<const float> values, std::byte* blocks) {
    for (std::size_t i = 0; i + kElements <= values.size(); i += kElements) {
        Block block{};
        encode(values.data() + i, block);
        std::memcpy(blocks, &block, sizeof block);
        blocks += sizeof block;
    }
}

} // namespace

void encode(const float* x, ldm::ggml::Q4_0& block) {
    const float d = extreme(x) / -8;
    const float id = inverse(d);
    block.d = half(d);
    packNibbles([&](int i) { return std::min(15, static_cast<int>(x[i] * id + 8.5F)); }, block.qs);
}

void encode(const float* x, ldm::ggml::Q4_1& block) {
    const auto [lo, hi] = std::minmax_element(x, x + kSmall);
    const float d = (*hi - *lo) / 15;
    const float id = inverse(d);
    block.d = half(d);
    block.m = half(*lo);
    packNibbles([&, m = *lo](int i) { return std::min(15, static_cast<int>((x[i] - m) * id + 0.5F)); }, block.qs);
}

void encode(const float* x, ldm::ggml::Q5_0& block) {
    const float d = extreme(x) / -16;
    const float id = inverse(d);
    block.d = half(d);
    packFiveBits([&](int i) { return std::min(31, static_cast<int>(x[i] * id + 16.5F)); }, block.qs, block.qh);
}

void encode(const float* x, ldm::ggml::Q5_1& block) {
    const auto [lo, hi] = std::minmax_element(x, x + kSmall);
    const float d = (*hi - *lo) / 31;
    const float id = inverse(d);
    block.d = half(d);
    block.m = half(*lo);
    packFiveBits([&, m = *lo](int i) { return static_cast<int>((x[i] - m) * id + 0.5F); }, block.qs, block.qh);
}

void encode(const float* x, ldm::ggml::Q8_0& block) {
    const float d = std::abs(extreme(x)) / 127;
    const float id = inverse(d);
    block.d = half(d);
    for (int i = 0; i < kSmall; ++i) block.qs[i] = static_cast<std::int8_t>(std::round(x[i] * id));
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
    using namespace ldm::ggml;
    switch (format) {
    case WeightFormat::Q4_0:
        return ggml::encodeAll<Q4_0, kSmall>(values, blocks);
    case WeightFormat::Q4_1:
        return ggml::encodeAll<Q4_1, kSmall>(values, blocks);
    case WeightFormat::Q5_0:
        return ggml::encodeAll<Q5_0, kSmall>(values, blocks);
    case WeightFormat::Q5_1:
        return ggml::encodeAll<Q5_1, kSmall>(values, blocks);
    case WeightFormat::Q8_0:
        return ggml::encodeAll<Q8_0, kSmall>(values, blocks);
    case WeightFormat::Q4_K:
        return ggml::encodeAll<Q4_K, kSuper>(values, blocks);
    case WeightFormat::Q5_K:
        return ggml::encodeAll<Q5_K, kSuper>(values, blocks);
    case WeightFormat::Q6_K:
        return ggml::encodeAll<Q6_K, kSuper>(values, blocks);
    default:
        ggmlType(format); // throws
    }
}

} // namespace quant
