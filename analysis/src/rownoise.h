#pragma once

#include <analysis/sqnr.h>

#include <map>
#include <vector>

namespace analysis {

/// Relative noise power of a ratio in decibels, and back: 0 and kExact belong together.
double powerOf(double db);
double dbOf(double power);

/// The maps of one metric as noise powers, also for formats that are put together from others.
class RowNoise {
public:
    /// The analysis must outlive it.
    RowNoise(const Analysis& analysis, Metric metric) : m_analysis(analysis), m_metric(metric) {}

    /// How the powers of a format are known.
    enum class Source { Map, Derived, None };
    Source source(quant::Format format);
    /// True if every cell is known.
    bool complete(quant::Format format);
    /// Row-major; NaN where not measured, empty without a source.
    const std::vector<double>& values(quant::Format format) { return powers(format).values; }

private:
    struct Powers {
        Source source = Source::None;
        std::vector<double> values; ///< row-major
    };
    const Powers& powers(quant::Format format);
    Powers made(quant::Format format) const;
    Powers derived(quant::Format format) const;

    const Analysis& m_analysis;
    Metric m_metric;
    std::map<quant::Format, Powers> m_powers;
};

} // namespace analysis
