#include <quant/histogram.h>

#include "kernels.h"

#include <quant/quantize.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numeric>

namespace quant {

namespace {

constexpr int kSmallestExponent = -126; ///< 2^-126 is the smallest normal float
constexpr std::int64_t kGrain = 1 << 16;
constexpr int kEnds = 64; ///< places that are tried for each end of a range

std::int64_t binOf(float value, int exponent) {
    return static_cast<std::int64_t>(std::floor(std::ldexp(static_cast<double>(value), -exponent)));
}

/// The smallest width that lets the bins hold the range.
int exponentFor(Range range) {
    int exponent = kSmallestExponent;
    const float largest = std::max(-range.lo, range.hi);
    if (largest > 0) exponent = std::max(exponent, std::ilogb(largest) - std::ilogb(Histogram::kBins));
    while (binOf(range.hi, exponent) - binOf(range.lo, exponent) >= Histogram::kBins) ++exponent;
    return exponent;
}

/// The middles of the bins that hold something, and how much.
struct Occupied {
    std::vector<float> middles;
    std::vector<double> counts;

    double squaredError(Range range, ActivationFormat format, std::vector<float>& scratch) const {
        const ActivationScale s = activationScale(range, format);
        scratch.resize(middles.size());
        kernels::quantizeInteger(middles.data(), scratch.data(), middles.size(), s.scale,
                                 static_cast<float>(-s.zeroPoint), static_cast<float>(s.levels - s.zeroPoint));
        double sum = 0;
        for (std::size_t i = 0; i < middles.size(); ++i) {
            const double error = static_cast<double>(scratch[i]) - static_cast<double>(middles[i]);
            sum += counts[i] * error * error;
        }
        return sum;
    }
};

/// Counts of values, each in the bin its multiple of the width lies in.
using Counts = std::array<std::uint32_t, Histogram::kBins>;

void count(std::span<const float> values, float perWidth, int first, Counts& counts) {
    for (const float value : values) {
        const float scaled = value * perWidth; // exact: a power of two
        int bin = static_cast<int>(scaled);
        bin -= scaled < static_cast<float>(bin) ? 1 : 0;
        ++counts[static_cast<std::size_t>(bin - first)];
    }
}

} // namespace

void Histogram::grow(Range range) {
    const Range joined{std::min({0.0F, m_range.lo, range.lo}), std::max({0.0F, m_range.hi, range.hi})};
    const int exponent = exponentFor(joined);
    const std::int64_t first = binOf(joined.lo, exponent);
    if (!m_counts.empty() && exponent == m_exponent && first == m_first) return;
    std::vector<std::uint64_t> counts(kBins);
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        if (m_counts[i] == 0) continue;
        const std::int64_t bin = (m_first + static_cast<std::int64_t>(i)) >> (exponent - m_exponent);
        counts[static_cast<std::size_t>(bin - first)] += m_counts[i];
    }
    m_counts = std::move(counts);
    m_exponent = exponent;
    m_first = first;
}

void Histogram::include(Range range) {
    const bool isFirst = m_counts.empty();
    grow(range);
    m_range = isFirst ? range : Range{std::min(m_range.lo, range.lo), std::max(m_range.hi, range.hi)};
}

void Histogram::add(const Histogram& other) {
    if (other.isEmpty()) return;
    include(other.m_range);
    for (std::size_t i = 0; i < other.m_counts.size(); ++i) {
        if (other.m_counts[i] == 0) continue;
        const std::int64_t bin = (other.m_first + static_cast<std::int64_t>(i)) >> (m_exponent - other.m_exponent);
        m_counts[static_cast<std::size_t>(bin - m_first)] += other.m_counts[i];
    }
}

Bins Histogram::bins(int most) const {
    if (isEmpty()) return {};
    int exponent = m_exponent;
    while (binOf(m_range.hi, exponent) - binOf(m_range.lo, exponent) >= most) ++exponent;
    const std::int64_t first = binOf(m_range.lo, exponent);
    Bins bins{std::ldexp(static_cast<double>(first), exponent), std::ldexp(1.0, exponent), {}};
    bins.counts.resize(static_cast<std::size_t>(binOf(m_range.hi, exponent) - first + 1));
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        if (m_counts[i] == 0) continue;
        const std::int64_t bin = (m_first + static_cast<std::int64_t>(i)) >> (exponent - m_exponent);
        bins.counts[static_cast<std::size_t>(bin - first)] += m_counts[i];
    }
    return bins;
}

void Histogram::add(std::span<const float> values, Range range) {
    if (values.empty()) return;
    include(range);
    const float perWidth = std::ldexp(1.0F, -m_exponent);
    std::mutex joining;
    at::parallel_for(0, static_cast<std::int64_t>(values.size()), kGrain, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t begin = from; begin < to; begin += kGrain) {
            Counts counts{};
            const auto size = static_cast<std::size_t>(std::min(kGrain, to - begin));
            count(values.subspan(static_cast<std::size_t>(begin), size), perWidth, static_cast<int>(m_first), counts);
            const std::lock_guard lock(joining);
            for (std::size_t i = 0; i < counts.size(); ++i) m_counts[i] += counts[i];
        }
    });
}

double Histogram::quantile(double count, bool fromAbove) const {
    double passed = 0;
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        const std::size_t bin = fromAbove ? m_counts.size() - 1 - i : i;
        const auto here = static_cast<double>(m_counts[bin]);
        if (here > 0 && passed + here > count) {
            const double part = (count - passed) / here;
            const auto begin = static_cast<double>(m_first + static_cast<std::int64_t>(bin));
            return std::ldexp(begin + (fromAbove ? 1 - part : part), m_exponent);
        }
        passed += here;
    }
    return 0;
}

Range Histogram::within(double percent) const {
    const auto values = static_cast<double>(std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t{0}));
    const double outside = values * (100 - percent) / 200;
    const auto inside = [this](double value) { return std::clamp(static_cast<float>(value), m_range.lo, m_range.hi); };
    return {inside(quantile(outside, false)), inside(quantile(outside, true))};
}

Range Histogram::leastError(ActivationFormat format) const {
    Occupied bins;
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        if (m_counts[i] == 0) continue;
        const double middle = static_cast<double>(m_first + static_cast<std::int64_t>(i)) + 0.5;
        const auto value = static_cast<float>(std::ldexp(middle, m_exponent));
        bins.middles.push_back(std::clamp(value, m_range.lo, m_range.hi));
        bins.counts.push_back(static_cast<double>(m_counts[i]));
    }
    const Range all{std::min(0.0F, m_range.lo), std::max(0.0F, m_range.hi)};
    std::vector<float> scratch;
    Range best = all;
    double least = bins.squaredError(best, format, scratch);
    const auto consider = [&](Range range) {
        const double error = bins.squaredError(range, format, scratch);
        if (error < least) {
            least = error;
            best = range;
        }
    };
    const auto share = [](int end) { return static_cast<float>(end) / kEnds; };
    for (int end = kEnds - 1; end > 0; --end) consider({all.lo * share(end), all.hi * share(end)});
    // Then each end by itself. An end at zero stays where it is.
    for (int end = kEnds; all.hi > 0 && end > 0; --end) consider({best.lo, all.hi * share(end)});
    for (int end = kEnds; all.lo < 0 && end > 0; --end) consider({all.lo * share(end), best.hi});
    return best;
}

} // namespace quant
