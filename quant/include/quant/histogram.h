#pragma once

#include <quant/calibration.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quant {

/// Numbers of values in consecutive bins of one width: bin i holds what is at least begin + i width and less than
/// begin + (i + 1) width.
struct Bins {
    double begin = 0;
    double width = 0; ///< a power of two
    std::vector<std::uint64_t> counts;
    bool operator==(const Bins&) const = default;
};

/// Counts values in bins that begin at multiples of their width, a power of two that doubles when values lie outside.
/// So what is counted depends neither on the order of values nor on the pieces in which they come. The bins always
/// hold zero. One thread at a time.
class Histogram {
public:
    static constexpr int kBins = 2048;

    /// `range` holds all of the values, which are finite.
    void add(std::span<const float> values, Range range);
    /// All that another one has counted.
    void add(const Histogram& other);
    bool isEmpty() const { return m_counts.empty(); }
    /// Smallest and largest value.
    Range whole() const { return m_range; }
    /// From the bin of the smallest value to that of the largest, joined two by two until there are at most `most`.
    Bins bins(int most) const;
    /// The range that holds `percent` of the values, as many left out on each side; between bin edges by interpolation.
    Range within(double percent) const;
    /// The part of the range, ends moved towards zero, for which an integer format makes the least squared error.
    Range leastError(ActivationFormat format) const;

private:
    void grow(Range range);
    void include(Range range);
    /// Where the value below which `count` values lie is: from the first bin up, or from the last one down.
    double quantile(double count, bool fromAbove) const;

    std::vector<std::uint64_t> m_counts; ///< empty before the first value
    std::int64_t m_first = 0;            ///< bin 0 begins at m_first * 2^m_exponent
    int m_exponent = 0;
    Range m_range;
};

} // namespace quant
