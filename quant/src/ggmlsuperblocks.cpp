#include "ggmlencode.h"
#include "vectorised.h"

#include <ldm/ggmlblocks.h>

#include <c10/util/Half.h>

#include <bit>
#include <cmath>
#include <cstring>

// Quantizers of ggml's super-blocks: 256 values whose groups have small integer scales of a common one. A group's sums
// depend on the order of its values, so the vectors run across groups: each lane computes one of eight groups.

namespace quant::ggml {

namespace {

using ldm::ggml::kSuper;

constexpr float kEmpty = 1e-15F; ///< magnitudes below it count as zero
constexpr int kGroup = 32;       ///< values that share scale and minimum in Q4_K and Q5_K
constexpr int kGroups = kSuper / kGroup;
constexpr int kSixGroup = 16; ///< values that share a scale in Q6_K
constexpr int kSixGroups = kSuper / kSixGroup;
constexpr float kLargestScale = 63; ///< six bits
static_assert(kGroups == kLanes && kSixGroups == 2 * kLanes);

typedef std::int32_t Mask __attribute__((vector_size(32))); ///< of comparisons: -1 where true
typedef std::int32_t Codes __attribute__((vector_size(32)));

NOISEFLOOR_INLINE float single(std::uint16_t half) {
    return c10::detail::fp16_ieee_to_fp32_value(half);
}

NOISEFLOOR_INLINE std::uint16_t half(float value) {
    return c10::detail::fp16_ieee_from_fp32_value(value);
}

NOISEFLOOR_INLINE Lanes all(float value) {
    return Lanes{} + value;
}

NOISEFLOOR_INLINE Lanes magnitude(Lanes x) {
    return x < 0.0F ? -x : x;
}

/// The nearest whole number, ties to even, by ggml's own trick: what lies outside 22 bits becomes what it becomes
/// there.
NOISEFLOOR_INLINE Codes nearest(Lanes value) {
    constexpr float kRounder = 12582912.0F; // 1.5 * 2^23: its neighbours are whole numbers, in the low bits
    return (std::bit_cast<Codes>(value + kRounder) & 0x7FFFFF) - 0x400000;
}

/// The same between lo and hi.
NOISEFLOOR_INLINE Lanes level(Lanes value, int lo, int hi) {
    Codes code = nearest(value);
    code = code < lo ? Codes{} + lo : code;
    code = code > hi ? Codes{} + hi : code;
    return __builtin_convertvector(code, Lanes);
}

/// Six bits, of the low eight of the nearest whole number.
NOISEFLOOR_INLINE Codes sixBits(Lanes value) {
    const Codes code = nearest(value) & 0xFF;
    return code > 63 ? Codes{} + 63 : code;
}

/// Value i of eight groups.
template <int kSize> NOISEFLOOR_INLINE void gather(const float* x, Lanes (&values)[kSize]) {
    for (int i = 0; i < kSize; ++i)
        for (int lane = 0; lane < static_cast<int>(kLanes); ++lane) values[i][lane] = x[lane * kSize + i];
}

/// The reverse, in whole numbers.
template <int kSize> NOISEFLOOR_INLINE void scatter(const Lanes (&values)[kSize], std::uint8_t* levels) {
    for (int i = 0; i < kSize; ++i) {
        const Codes codes = __builtin_convertvector(values[i], Codes);
        for (int lane = 0; lane < static_cast<int>(kLanes); ++lane)
            levels[lane * kSize + i] = static_cast<std::uint8_t>(codes[lane]);
    }
}

/// Scale and minimum of a group: x ~ scale * level - minimum, minimum >= 0.
struct Fits {
    Lanes scale;
    Lanes minimum;
};

/// How fits of a type search: levels 0..most, and steps of 0.1 from `first` that are added to `most`.
struct Search {
    int most;
    float first;
    int steps;
};
constexpr Search kFourBits{15, -1.0F, 20};
constexpr Search kFiveBits{31, -0.5F, 15};

/// Eight groups, and the sums over each that do not depend on levels.
struct Groups {
    Lanes x[kGroup];
    Lanes weights[kGroup];
    Lanes sumW;
    Lanes sumX;
    Lanes least; ///< at most 0
    Lanes largest;
};

NOISEFLOOR_INLINE void summarize(Groups& groups) {
    Lanes squares{};
    for (const Lanes& x : groups.x) squares += x * x;
    Lanes average;
    for (std::size_t lane = 0; lane < kLanes; ++lane) average[lane] = std::sqrt(squares[lane] / kGroup);
    groups.sumW = groups.sumX = Lanes{};
    groups.least = groups.largest = groups.x[0];
    for (int i = 0; i < kGroup; ++i) {
        const Lanes x = groups.x[i];
        groups.weights[i] = average + magnitude(x);
        groups.sumW += groups.weights[i];
        groups.sumX += groups.weights[i] * x;
        groups.least = x < groups.least ? x : groups.least;
        groups.largest = x > groups.largest ? x : groups.largest;
    }
    groups.least = groups.least > 0.0F ? all(0) : groups.least;
}

/// Levels of a trial and the scale and (signed) minimum that suit them best; false where those are not determined.
NOISEFLOOR_INLINE Mask solve(const Groups& groups, Lanes inverse, Lanes least, int most, Lanes (&levels)[kGroup],
                             Fits& fits) {
    Lanes sumL{};
    Lanes sumL2{};
    Lanes sumXL{};
    for (int i = 0; i < kGroup; ++i) {
        levels[i] = level(inverse * (groups.x[i] - least), 0, most);
        const Lanes weighted = groups.weights[i] * levels[i];
        sumL += weighted;
        sumL2 += weighted * levels[i];
        sumXL += weighted * groups.x[i];
    }
    const Lanes determinant = groups.sumW * sumL2 - sumL * sumL;
    fits.scale = (groups.sumW * sumXL - groups.sumX * sumL) / determinant;
    fits.minimum = (sumL2 * groups.sumX - sumL * sumXL) / determinant;
    const Mask above = fits.minimum > 0.0F;
    fits.scale = above ? sumXL / sumL2 : fits.scale;
    fits.minimum = above ? all(0) : fits.minimum;
    return determinant > 0.0F;
}

NOISEFLOOR_INLINE Lanes errorOf(const Groups& groups, const Lanes (&levels)[kGroup], const Fits& fits) {
    Lanes sum{};
    for (int i = 0; i < kGroup; ++i) {
        const Lanes difference = fits.scale * levels[i] + fits.minimum - groups.x[i];
        sum += groups.weights[i] * (difference * difference);
    }
    return sum;
}

/// Fits each group by weighted least squares over trial levels. As ggml's, the search goes on from the best minimum so
/// far.
NOISEFLOOR_INLINE Fits fit(const Groups& groups, const Search& search, Lanes (&levels)[kGroup]) {
    const Mask isFlat = groups.largest == groups.least;
    Fits best{{}, groups.least};
    const Lanes first = static_cast<float>(search.most) / (groups.largest - groups.least);
    best.scale = 1 / first;
    for (int i = 0; i < kGroup; ++i)
        levels[i] = isFlat ? all(0) : level(first * (groups.x[i] - groups.least), 0, search.most);
    Lanes leastError = errorOf(groups, levels, best);
    for (int step = 0; step <= search.steps; ++step) {
        const float steps = search.first + 0.1F * static_cast<float>(step) + static_cast<float>(search.most);
        Lanes trial[kGroup];
        Fits fits;
        const Mask isSolved =
            solve(groups, steps / (groups.largest - best.minimum), best.minimum, search.most, trial, fits);
        const Lanes error = errorOf(groups, trial, fits);
        const Mask isBetter = isSolved & (error < leastError) & ~isFlat;
        for (int i = 0; i < kGroup; ++i) levels[i] = isBetter ? trial[i] : levels[i];
        leastError = isBetter ? error : leastError;
        best.scale = isBetter ? fits.scale : best.scale;
        best.minimum = isBetter ? fits.minimum : best.minimum;
    }
    return {isFlat ? all(0) : best.scale, -best.minimum};
}

/// Six bits of scale and minimum of each of 8 groups in 12 bytes.
NOISEFLOOR_INLINE void packScale(int group, int scale, int minimum, std::uint8_t (&packed)[12]) {
    const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
    if (group < 4) {
        packed[group] = byte(scale);
        packed[group + 4] = byte(minimum);
        return;
    }
    packed[group + 4] = byte((scale & 15) | (minimum & 15) << 4);
    packed[group - 4] = byte(packed[group - 4] | (scale >> 4) << 6);
    packed[group] = byte(packed[group] | (minimum >> 4) << 6);
}

NOISEFLOOR_INLINE float largestOf(const Lanes& values) {
    float largest = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) largest = values[lane] > largest ? values[lane] : largest;
    return largest;
}

/// What Q4_K and Q5_K share: fits by group, their scales in six bits, and levels for the scales as stored.
template <typename Block>
NOISEFLOOR_INLINE void fitGroups(const float* x, const Search& search, Block& block, std::uint8_t* levels) {
    Groups groups;
    gather(x, groups.x);
    summarize(groups);
    Lanes trial[kGroup];
    const Fits fits = fit(groups, search, trial);
    const float largestScale = largestOf(fits.scale);
    const float largestMinimum = largestOf(fits.minimum);
    block.d = half(largestScale / kLargestScale);
    block.dmin = half(largestMinimum / kLargestScale);
    const float perScale = largestScale > 0 ? kLargestScale / largestScale : 0;
    const float perMinimum = largestMinimum > 0 ? kLargestScale / largestMinimum : 0;
    const Codes scales = sixBits(perScale * fits.scale);
    const Codes minima = sixBits(perMinimum * fits.minimum);
    for (int group = 0; group < kGroups; ++group) packScale(group, scales[group], minima[group], block.scales);
    const Lanes d = single(block.d) * __builtin_convertvector(scales, Lanes);
    const Lanes m = single(block.dmin) * __builtin_convertvector(minima, Lanes);
    for (int i = 0; i < kGroup; ++i) trial[i] = d != 0.0F ? level((groups.x[i] + m) / d, 0, search.most) : trial[i];
    scatter(trial, levels);
}

/// Low four bits: groups in pairs, the first in the low halves of 32 bytes.
NOISEFLOOR_INLINE void packPairs(const std::uint8_t* levels, std::uint8_t* qs) {
    for (int pair = 0; pair < kGroups / 2; ++pair)
        for (int i = 0; i < kGroup; ++i) {
            const std::uint8_t* first = levels + pair * 2 * kGroup + i;
            qs[pair * kGroup + i] = static_cast<std::uint8_t>((first[0] & 15) | (first[kGroup] & 15) << 4);
        }
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q4_K& block) {
    std::uint8_t levels[kSuper];
    fitGroups(x, kFourBits, block, levels);
    packPairs(levels, block.qs);
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q5_K& block) {
    std::uint8_t levels[kSuper];
    fitGroups(x, kFiveBits, block, levels);
    packPairs(levels, block.qs);
    for (int group = 0; group < kGroups; ++group)
        for (int i = 0; i < kGroup; ++i) {
            const int high = levels[group * kGroup + i] >> 4;
            block.qh[i] = static_cast<std::uint8_t>(block.qh[i] | high << group);
        }
}

/// The scale of each of eight groups of kSixGroup values, x ~ scale * level, level -32..31.
NOISEFLOOR_INLINE Lanes fitSymmetric(const Lanes (&x)[kSixGroup], Lanes (&levels)[kSixGroup]) {
    Lanes extreme{};
    for (const Lanes& value : x) extreme = magnitude(value) > magnitude(extreme) ? value : extreme;
    const Mask isEmpty = magnitude(extreme) < kEmpty;
    Lanes scale{};
    Lanes best{};
    for (int step = -10; step <= 9; ++step) { // the first one without a step, which step 0 would repeat
        if (step == 0) continue;
        const bool isFirst = step == -10;
        const Lanes inverse = (isFirst ? -32.0F : -(32 + 0.1F * static_cast<float>(step))) / extreme;
        Lanes trial[kSixGroup];
        Lanes sumXL{};
        Lanes sumL2{};
        for (int i = 0; i < kSixGroup; ++i) {
            trial[i] = level(inverse * x[i], -32, 31);
            const Lanes weight = x[i] * x[i];
            sumXL += weight * x[i] * trial[i];
            sumL2 += weight * trial[i] * trial[i];
        }
        const Mask isBetter = isFirst ? ~Mask{} : (sumL2 > 0.0F) & (sumXL * sumXL > best * sumL2);
        const Lanes found = sumL2 != 0.0F ? sumXL / sumL2 : all(0);
        scale = isBetter ? found : scale;
        best = isBetter ? found * sumXL : best;
        for (int i = 0; i < kSixGroup; ++i) levels[i] = isBetter ? trial[i] : levels[i];
    }
    for (Lanes& each : levels) each = isEmpty ? all(-32) : each;
    return isEmpty ? all(0) : scale;
}

/// Halves of 128 values: low four bits of the first and third, second and fourth quarter together, and the high two
/// bits of all four.
NOISEFLOOR_INLINE void packSixBits(const std::uint8_t* levels, ldm::ggml::Q6_K& block) {
    const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
    for (int part = 0; part < 2; ++part)
        for (int i = 0; i < 32; ++i) {
            const std::uint8_t* q = levels + part * 128 + i;
            block.ql[part * 64 + i] = byte((q[0] & 15) | (q[64] & 15) << 4);
            block.ql[part * 64 + 32 + i] = byte((q[32] & 15) | (q[96] & 15) << 4);
            block.qh[part * 32 + i] = byte(q[0] >> 4 | (q[32] >> 4) << 2 | (q[64] >> 4) << 4 | (q[96] >> 4) << 6);
        }
}

NOISEFLOOR_INLINE void encode(const float* x, ldm::ggml::Q6_K& block) {
    Lanes values[2][kSixGroup];
    Lanes trials[2][kSixGroup] = {};
    Lanes scales[2];
    float largest = 0;
    for (int part = 0; part < 2; ++part) {
        gather(x + part * kSuper / 2, values[part]);
        scales[part] = fitSymmetric(values[part], trials[part]);
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            if (std::abs(scales[part][lane]) > std::abs(largest)) largest = scales[part][lane];
    }
    if (std::abs(largest) < kEmpty) return; // the block is zero
    const float inverse = -128 / largest;
    block.d = half(1 / inverse);
    std::uint8_t levels[kSuper];
    for (int part = 0; part < 2; ++part) {
        const Lanes stored = level(inverse * scales[part], -128, 127);
        const Lanes d = single(block.d) * stored;
        for (int i = 0; i < kSixGroup; ++i)
            trials[part][i] = 32 + (d != 0.0F ? level(values[part][i] / d, -32, 31) : trials[part][i]);
        scatter(trials[part], levels + part * kSuper / 2);
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            block.scales[static_cast<std::size_t>(part) * kLanes + lane] = static_cast<std::int8_t>(stored[lane]);
    }
    packSixBits(levels, block);
}

template <typename Block> NOISEFLOOR_INLINE void encodeAll(const float* values, std::size_t blocks, std::byte* out) {
    for (std::size_t i = 0; i < blocks; ++i) {
        Block block{};
        encode(values + i * kSuper, block);
        std::memcpy(out + i * sizeof block, &block, sizeof block);
    }
}

} // namespace

NOISEFLOOR_VECTORISED
void encodeQ4_K(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q4_K>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ5_K(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q5_K>(values, blocks, out);
}

NOISEFLOOR_VECTORISED
void encodeQ6_K(const float* values, std::size_t blocks, std::byte* out) {
    encodeAll<ldm::ggml::Q6_K>(values, blocks, out);
}

} // namespace quant::ggml
