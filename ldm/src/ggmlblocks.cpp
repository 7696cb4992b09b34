#include <ldm/ggmlblocks.h>

#include <c10/util/Half.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

// Every product and sum is rounded as written (no contraction to fused operations), so that values equal ggml's.

namespace ldm {

namespace ggml {

namespace {

constexpr std::array<std::int8_t, 16> kNonLinear = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                    1,    13,   25,  38,  53,  69,  89,  113};

float single(std::uint16_t half) {
    return c10::detail::fp16_ieee_to_fp32_value(half);
}

void decode(const Q4_0& block, float* values) {
    const float d = single(block.d);
    for (int i = 0; i < kSmall / 2; ++i) {
        values[i] = static_cast<float>((block.qs[i] & 15) - 8) * d;
        values[i + kSmall / 2] = static_cast<float>((block.qs[i] >> 4) - 8) * d;
    }
}

void decode(const Q4_1& block, float* values) {
    const float d = single(block.d);
    const float m = single(block.m);
    for (int i = 0; i < kSmall / 2; ++i) {
        values[i] = static_cast<float>(block.qs[i] & 15) * d + m;
        values[i + kSmall / 2] = static_cast<float>(block.qs[i] >> 4) * d + m;
    }
}

/// The five bits of values i and i + 16 of a block.
template <typename Block> std::pair<int, int> fiveBits(const Block& block, std::uint32_t high, int i) {
    return {(block.qs[i] & 15) | static_cast<int>(high >> i & 1) << 4,
            (block.qs[i] >> 4) | static_cast<int>(high >> (i + kSmall / 2) & 1) << 4};
}

void decode(const Q5_0& block, float* values) {
    const float d = single(block.d);
    std::uint32_t high = 0;
    std::memcpy(&high, block.qh, sizeof high);
    for (int i = 0; i < kSmall / 2; ++i) {
        const auto [first, second] = fiveBits(block, high, i);
        values[i] = static_cast<float>(first - 16) * d;
        values[i + kSmall / 2] = static_cast<float>(second - 16) * d;
    }
}

void decode(const Q5_1& block, float* values) {
    const float d = single(block.d);
    const float m = single(block.m);
    std::uint32_t high = 0;
    std::memcpy(&high, block.qh, sizeof high);
    for (int i = 0; i < kSmall / 2; ++i) {
        const auto [first, second] = fiveBits(block, high, i);
        values[i] = static_cast<float>(first) * d + m;
        values[i + kSmall / 2] = static_cast<float>(second) * d + m;
    }
}

void decode(const Q8_0& block, float* values) {
    const float d = single(block.d);
    for (int i = 0; i < kSmall; ++i) values[i] = static_cast<float>(block.qs[i]) * d;
}

/// Two bits at `shift` of each of 32 bytes hold 32 consecutive values; 4 shifts and then the next 32 bytes.
void decode(const Q2_K& block, float* values) {
    const float d = single(block.d);
    const float dmin = single(block.dmin);
    for (int group = 0; group < kSuper / 16; ++group) {
        const float scale = d * static_cast<float>(block.scales[group] & 15);
        const float minimum = dmin * static_cast<float>(block.scales[group] >> 4);
        const std::uint8_t* qs = block.qs + group / 8 * 32 + group % 2 * 16;
        const int shift = group / 2 % 4 * 2;
        for (int i = 0; i < 16; ++i) *values++ = scale * static_cast<float>(qs[i] >> shift & 3) - minimum;
    }
}

void decode(const Q3_K& block, float* values) {
    const float d = single(block.d);
    for (int group = 0; group < kSuper / 16; ++group) {
        const int low = group < 8 ? block.scales[group] & 15 : block.scales[group - 8] >> 4;
        const int high = block.scales[8 + group % 4] >> (group / 4 * 2) & 3;
        const float scale = d * static_cast<float>((low | high << 4) - 32);
        const std::uint8_t* qs = block.qs + group / 8 * 32 + group % 2 * 16;
        const std::uint8_t* hmask = block.hmask + group % 2 * 16;
        const int shift = group / 2 % 4 * 2;
        const int bit = group / 2;
        for (int i = 0; i < 16; ++i)
            *values++ = scale * static_cast<float>((qs[i] >> shift & 3) + ((hmask[i] >> bit & 1) << 2) - 4);
    }
}

/// Scale and minimum, 6 bits each, of one of 8 groups packed in 12 bytes.
std::pair<float, float> scaleAndMinimum(const std::uint8_t (&packed)[12], int group) {
    if (group < 4) return {static_cast<float>(packed[group] & 63), static_cast<float>(packed[group + 4] & 63)};
    return {static_cast<float>((packed[group + 4] & 15) | (packed[group - 4] >> 6) << 4),
            static_cast<float>((packed[group + 4] >> 4) | (packed[group] >> 6) << 4)};
}

void decode(const Q4_K& block, float* values) {
    const float d = single(block.d);
    const float dmin = single(block.dmin);
    for (int group = 0; group < kSuper / 32; ++group) {
        const auto [s, m] = scaleAndMinimum(block.scales, group);
        const float scale = d * s;
        const float minimum = dmin * m;
        const std::uint8_t* qs = block.qs + group / 2 * 32;
        const int shift = group % 2 * 4;
        for (int i = 0; i < 32; ++i) *values++ = scale * static_cast<float>(qs[i] >> shift & 15) - minimum;
    }
}

void decode(const Q5_K& block, float* values) {
    const float d = single(block.d);
    const float dmin = single(block.dmin);
    for (int group = 0; group < kSuper / 32; ++group) {
        const auto [s, m] = scaleAndMinimum(block.scales, group);
        const float scale = d * s;
        const float minimum = dmin * m;
        const std::uint8_t* qs = block.qs + group / 2 * 32;
        const int shift = group % 2 * 4;
        for (int i = 0; i < 32; ++i) {
            const int q = (qs[i] >> shift & 15) | (block.qh[i] >> group & 1) << 4;
            *values++ = scale * static_cast<float>(q) - minimum;
        }
    }
}

/// Halves of 128 values: group pairs 0 and 1 are low nibbles of 64 bytes, 2 and 3 the high ones; their upper two bits
/// share 32 bytes.
void decode(const Q6_K& block, float* values) {
    const float d = single(block.d);
    for (int group = 0; group < kSuper / 16; ++group) {
        const int half = group / 8;
        const int pair = group / 2 % 4;
        const std::uint8_t* ql = block.ql + half * 64 + pair % 2 * 32 + group % 2 * 16;
        const std::uint8_t* qh = block.qh + half * 32 + group % 2 * 16;
        const float scale = d * static_cast<float>(block.scales[group]);
        for (int i = 0; i < 16; ++i) {
            const int q = (ql[i] >> (pair / 2 * 4) & 15) | (qh[i] >> (pair * 2) & 3) << 4;
            *values++ = scale * static_cast<float>(q - 32);
        }
    }
}

void nonLinear(const std::uint8_t* qs, float scale, float* values) {
    for (int i = 0; i < kSmall / 2; ++i) {
        values[i] = scale * static_cast<float>(kNonLinear[qs[i] & 15]);
        values[i + kSmall / 2] = scale * static_cast<float>(kNonLinear[qs[i] >> 4]);
    }
}

void decode(const IQ4_NL& block, float* values) {
    nonLinear(block.qs, single(block.d), values);
}

void decode(const IQ4_XS& block, float* values) {
    const float d = single(block.d);
    for (int group = 0; group < kSuper / 32; ++group) {
        const int low = block.scalesLow[group / 2] >> (group % 2 * 4) & 15;
        const int high = block.scalesHigh >> (group * 2) & 3;
        nonLinear(block.qs + group * 16, d * static_cast<float>((low | high << 4) - 32), values + group * 32);
    }
}

/// Blocks are copied out one by one: a file may place them at any address.
template <typename Block, int kElements> void decodeAll(const std::byte* blocks, std::int64_t count, float* values) {
    for (std::int64_t i = 0; i < count; ++i) {
        Block block;
        std::memcpy(&block, blocks + i * static_cast<std::int64_t>(sizeof block), sizeof block);
        decode(block, values + i * kElements);
    }
}

template <typename Block, int kElements> constexpr GgmlType blocks(std::uint32_t id, std::string_view name) {
    return {id, name, kElements, sizeof(Block), DType::F32, decodeAll<Block, kElements>};
}

} // namespace

} // namespace ggml

const std::vector<GgmlType>& ggmlTypes() {
    using namespace ggml;
    static const std::vector<GgmlType> types = {
        {0, "F32", 1, 4, DType::F32, nullptr},  {1, "F16", 1, 2, DType::F16, nullptr},
        blocks<Q4_0, kSmall>(2, "Q4_0"),        blocks<Q4_1, kSmall>(3, "Q4_1"),
        blocks<Q5_0, kSmall>(6, "Q5_0"),        blocks<Q5_1, kSmall>(7, "Q5_1"),
        blocks<Q8_0, kSmall>(8, "Q8_0"),        blocks<Q2_K, kSuper>(10, "Q2_K"),
        blocks<Q3_K, kSuper>(11, "Q3_K"),       blocks<Q4_K, kSuper>(12, "Q4_K"),
        blocks<Q5_K, kSuper>(13, "Q5_K"),       blocks<Q6_K, kSuper>(14, "Q6_K"),
        blocks<IQ4_NL, kSmall>(20, "IQ4_NL"),   blocks<IQ4_XS, kSuper>(23, "IQ4_XS"),
        {24, "I8", 1, 1, DType::I8, nullptr},   {25, "I16", 1, 2, DType::I16, nullptr},
        {26, "I32", 1, 4, DType::I32, nullptr}, {27, "I64", 1, 8, DType::I64, nullptr},
        {28, "F64", 1, 8, DType::F64, nullptr}, {30, "BF16", 1, 2, DType::BF16, nullptr},
    };
    return types;
}

const GgmlType* ggmlType(std::uint32_t id) {
    for (const GgmlType& type : ggmlTypes())
        if (type.id == id) return &type;
    return nullptr;
}

std::optional<std::string_view> unreadableGgmlType(std::uint32_t id) {
    static constexpr std::array<std::pair<std::uint32_t, std::string_view>, 21> kNames = {{
        {4, "Q4_2"},        {5, "Q4_3"},      {9, "Q8_1"},   {15, "Q8_K"},  {16, "IQ2_XXS"},    {17, "IQ2_XS"},
        {18, "IQ3_XXS"},    {19, "IQ1_S"},    {21, "IQ3_S"}, {22, "IQ2_S"}, {29, "IQ1_M"},      {31, "Q4_0_4_4"},
        {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"}, {34, "TQ1_0"}, {35, "TQ2_0"}, {36, "IQ4_NL_4_4"}, {37, "IQ4_NL_4_8"},
        {38, "IQ4_NL_8_8"}, {39, "MXFP4"},    {40, "NVFP4"},
    }};
    for (const auto& [known, name] : kNames)
        if (known == id) return name;
    return std::nullopt;
}

} // namespace ldm
