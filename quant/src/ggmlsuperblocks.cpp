#include "ggmlencode.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <array>
#include <cmath>

// Quantizers of ggml's super-blocks: 256 values whose groups have small integer scales of a common one.

namespace quant::ggml {

namespace {

using ldm::ggml::kSuper;

constexpr float kEmpty = 1e-15F; ///< magnitudes below it count as zero
constexpr int kGroup = 32;       ///< values that share scale and minimum in Q4_K and Q5_K
constexpr int kGroups = kSuper / kGroup;
constexpr int kSixGroup = 16; ///< values that share a scale in Q6_K
constexpr int kSixGroups = kSuper / kSixGroup;
constexpr float kLargestScale = 63; ///< six bits

using Levels = std::array<std::uint8_t, kSuper>;

float single(std::uint16_t half) {
    return c10::detail::fp16_ieee_to_fp32_value(half);
}

std::uint16_t half(float value) {
    return c10::detail::fp16_ieee_from_fp32_value(value);
}

/// Rounded to the nearest whole number between lo and hi, ties to even.
int level(float value, float lo, float hi) {
    constexpr float kRounder = 12582912.0F; // 1.5 * 2^23: its neighbours are whole numbers
    return static_cast<int>((std::clamp(value, lo, hi) + kRounder) - kRounder);
}

/// Scale and minimum of a group: x ~ scale * level - minimum, minimum >= 0.
struct Fit {
    float scale = 0;
    float minimum = 0;
};

/// How fits of a type search: levels 0..most, and steps of 0.1 from `first` that are added to `most`.
struct Search {
    float most;
    float first;
    int steps;
};
constexpr Search kFourBits{15, -1.0F, 20};
constexpr Search kFiveBits{31, -0.5F, 15};

/// Fits one group of kGroup values by weighted least squares over trial levels.
class GroupFit {
public:
    GroupFit(const float* x, const Search& search) : m_x(x), m_search(search) {
        float squares = 0;
        for (int i = 0; i < kGroup; ++i) squares += x[i] * x[i];
        const float average = std::sqrt(squares / kGroup);
        for (int i = 0; i < kGroup; ++i) {
            m_weights[i] = average + std::abs(x[i]);
            m_sumW += m_weights[i];
            m_sumX += m_weights[i] * x[i];
        }
    }

    /// As ggml's, the search goes on from the best minimum so far.
    Fit run(std::uint8_t* levels) {
        const auto [smallest, largest] = std::minmax_element(m_x, m_x + kGroup);
        Fit best{0, std::min(*smallest, 0.0F)};
        std::fill_n(levels, kGroup, std::uint8_t{0});
        if (*largest == best.minimum) return {0, -best.minimum};
        const float inverse = m_search.most / (*largest - best.minimum);
        best.scale = 1 / inverse;
        setLevels(inverse, best.minimum, levels);
        float leastError = error(best, levels);
        for (int step = 0; step <= m_search.steps; ++step) {
            const float steps = m_search.first + 0.1F * static_cast<float>(step) + m_search.most;
            std::array<std::uint8_t, kGroup> trial{};
            setLevels(steps / (*largest - best.minimum), best.minimum, trial.data());
            Fit fit;
            if (!solve(trial.data(), fit)) continue;
            if (const float e = error(fit, trial.data()); e < leastError) {
                std::copy(trial.begin(), trial.end(), levels);
                leastError = e;
                best = fit;
            }
        }
        return {best.scale, -best.minimum};
    }

private:
    void setLevels(float inverse, float least, std::uint8_t* levels) const {
        for (int i = 0; i < kGroup; ++i)
            levels[i] = static_cast<std::uint8_t>(level(inverse * (m_x[i] - least), 0, m_search.most));
    }

    float error(const Fit& fit, const std::uint8_t* levels) const {
        float sum = 0;
        for (int i = 0; i < kGroup; ++i) {
            const float difference = fit.scale * static_cast<float>(levels[i]) + fit.minimum - m_x[i];
            sum += m_weights[i] * (difference * difference);
        }
        return sum;
    }

    /// Scale and (signed) minimum that suit the levels best; false where they are not determined.
    bool solve(const std::uint8_t* levels, Fit& fit) const {
        float sumL = 0;
        float sumL2 = 0;
        float sumXL = 0;
        for (int i = 0; i < kGroup; ++i) {
            const auto l = static_cast<float>(levels[i]);
            sumL += m_weights[i] * l;
            sumL2 += m_weights[i] * l * l;
            sumXL += m_weights[i] * l * m_x[i];
        }
        const float determinant = m_sumW * sumL2 - sumL * sumL;
        if (!(determinant > 0)) return false;
        fit.scale = (m_sumW * sumXL - m_sumX * sumL) / determinant;
        fit.minimum = (sumL2 * m_sumX - sumL * sumXL) / determinant;
        if (fit.minimum > 0) fit = {sumXL / sumL2, 0};
        return true;
    }

    const float* m_x;
    Search m_search;
    std::array<float, kGroup> m_weights{};
    float m_sumW = 0;
    float m_sumX = 0;
};

/// Six bits of scale and minimum of each of 8 groups in 12 bytes.
void packScale(int group, int scale, int minimum, std::uint8_t (&packed)[12]) {
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

/// What Q4_K and Q5_K share: fits by group, their scales in six bits, and levels for the scales as stored.
template <typename Block> Levels fitGroups(const float* x, const Search& search, Block& block) {
    Levels levels{};
    std::array<Fit, kGroups> fits;
    Fit largest;
    for (int group = 0; group < kGroups; ++group) {
        fits[group] = GroupFit(x + group * kGroup, search).run(levels.data() + group * kGroup);
        largest.scale = std::max(largest.scale, fits[group].scale);
        largest.minimum = std::max(largest.minimum, fits[group].minimum);
    }
    block.d = half(largest.scale / kLargestScale);
    block.dmin = half(largest.minimum / kLargestScale);
    const float perScale = largest.scale > 0 ? kLargestScale / largest.scale : 0;
    const float perMinimum = largest.minimum > 0 ? kLargestScale / largest.minimum : 0;
    for (int group = 0; group < kGroups; ++group) {
        const int scale = level(perScale * fits[group].scale, 0, kLargestScale);
        const int minimum = level(perMinimum * fits[group].minimum, 0, kLargestScale);
        packScale(group, scale, minimum, block.scales);
        const float d = single(block.d) * static_cast<float>(scale);
        const float m = single(block.dmin) * static_cast<float>(minimum);
        if (d == 0) continue;
        for (int i = group * kGroup; i < (group + 1) * kGroup; ++i)
            levels[i] = static_cast<std::uint8_t>(level((x[i] + m) / d, 0, search.most));
    }
    return levels;
}

/// Low four bits: groups in pairs, the first in the low halves of 32 bytes.
void packPairs(const Levels& levels, std::uint8_t* qs) {
    for (int pair = 0; pair < kGroups / 2; ++pair)
        for (int i = 0; i < kGroup; ++i) {
            const std::uint8_t* first = levels.data() + pair * 2 * kGroup + i;
            qs[pair * kGroup + i] = static_cast<std::uint8_t>((first[0] & 15) | (first[kGroup] & 15) << 4);
        }
}

/// The scale of one group of kSixGroup values, x ~ scale * (level - 32).
float fitSymmetric(const float* x, std::uint8_t* levels) {
    const float extreme =
        *std::max_element(x, x + kSixGroup, [](float a, float b) { return std::abs(a) < std::abs(b); });
    if (std::abs(extreme) < kEmpty) {
        std::fill_n(levels, kSixGroup, std::uint8_t{0});
        return 0;
    }
    float scale = 0;
    float best = 0;
    const auto consider = [&](float inverse, bool isFirst) {
        std::array<int, kSixGroup> trial{};
        float sumXL = 0;
        float sumL2 = 0;
        for (int i = 0; i < kSixGroup; ++i) {
            trial[i] = level(inverse * x[i], -32, 31);
            const auto l = static_cast<float>(trial[i]);
            const float weight = x[i] * x[i];
            sumXL += weight * x[i] * l;
            sumL2 += weight * l * l;
        }
        if (!isFirst && !(sumL2 > 0 && sumXL * sumXL > best * sumL2)) return;
        scale = sumL2 != 0 ? sumXL / sumL2 : 0;
        best = scale * sumXL;
        for (int i = 0; i < kSixGroup; ++i) levels[i] = static_cast<std::uint8_t>(trial[i] + 32);
    };
    consider(-32 / extreme, true);
    for (int step = -9; step <= 9; ++step)
        if (step != 0) consider(-(32 + 0.1F * static_cast<float>(step)) / extreme, false);
    return scale;
}

/// Halves of 128 values: low four bits of the first and third, second and fourth quarter together, and the high two
/// bits of all four.
void packSixBits(const Levels& levels, ldm::ggml::Q6_K& block) {
    const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
    for (int part = 0; part < 2; ++part)
        for (int i = 0; i < 32; ++i) {
            const std::uint8_t* q = levels.data() + part * 128 + i;
            block.ql[part * 64 + i] = byte((q[0] & 15) | (q[64] & 15) << 4);
            block.ql[part * 64 + 32 + i] = byte((q[32] & 15) | (q[96] & 15) << 4);
            block.qh[part * 32 + i] = byte(q[0] >> 4 | (q[32] >> 4) << 2 | (q[64] >> 4) << 4 | (q[96] >> 4) << 6);
        }
}

} // namespace

void encode(const float* x, ldm::ggml::Q4_K& block) {
    packPairs(fitGroups(x, kFourBits, block), block.qs);
}

void encode(const float* x, ldm::ggml::Q5_K& block) {
    const Levels levels = fitGroups(x, kFiveBits, block);
    packPairs(levels, block.qs);
    for (int group = 0; group < kGroups; ++group)
        for (int i = 0; i < kGroup; ++i) {
            const int high = levels[group * kGroup + i] >> 4;
            block.qh[i] = static_cast<std::uint8_t>(block.qh[i] | high << group);
        }
}

void encode(const float* x, ldm::ggml::Q6_K& block) {
    Levels levels{};
    std::array<float, kSixGroups> scales;
    float largest = 0;
    for (int group = 0; group < kSixGroups; ++group) {
        scales[group] = fitSymmetric(x + group * kSixGroup, levels.data() + group * kSixGroup);
        if (std::abs(scales[group]) > std::abs(largest)) largest = scales[group];
    }
    if (std::abs(largest) < kEmpty) return; // the block is zero
    const float inverse = -128 / largest;
    block.d = half(1 / inverse);
    for (int group = 0; group < kSixGroups; ++group) {
        block.scales[group] = static_cast<std::int8_t>(level(inverse * scales[group], -128, 127));
        const float d = single(block.d) * static_cast<float>(block.scales[group]);
        if (d == 0) continue;
        for (int i = group * kSixGroup; i < (group + 1) * kSixGroup; ++i)
            levels[i] = static_cast<std::uint8_t>(level(x[i] / d, -32, 31) + 32);
    }
    packSixBits(levels, block);
}

} // namespace quant::ggml
