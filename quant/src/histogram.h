#pragma once

#include <quant/calibration.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quant {

/// Counts values in bins that begin at multiples of their width, a power of two that doubles when values lie outside.
/// So what is counted depends neither on the order of values nor on the pieces in which they come. The bins always
/// hold zero.
class Histogram {
public:
    static constexpr int kBins = 2048;

    /// `range` holds all of the values, which are finite.
    void add(std::span<const float> values, Range range);
    /// Smallest and largest value.
    Range whole() const { return m_range; }
    /// The range that holds `percent` of the values, as many left out on each side; between bin edges by interpolation.
    Range within(double percent) const;
    /// The part of the range, ends moved towards zero, for which an integer format makes the least squared error.
    Range leastError(ActivationFormat format) const;

private:
    void grow(Range range);
    /// Where the value below which `count` values lie is: from the first bin up, or from the last one down.
    double quantile(double count, bool fromAbove) const;

    std::vector<std::uint64_t> m_counts; ///< empty before the first value
    std::int64_t m_first = 0;            ///< bin 0 begins at m_first * 2^m_exponent
    int m_exponent = 0;
    Range m_range;
};

} // namespace quant
