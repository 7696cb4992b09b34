#pragma once

#include <analysis/analyze.h>

#include <quant/quantize.h>

#include <map>
#include <utility>
#include <vector>

namespace analysis {

/// Any columns of a map, ascending.
using ColumnList = std::vector<int>;

/// A measurement in words, for progress: "local w8a8", "noise floor of local".
std::string describe(Metric metric, quant::Format format);

/// The analysis under construction: adds up error sums per cell, turns them into decibels when a cell's last sample is
/// in, and reports rows. fp32 as a format stands for the noise floor.
class Ledger {
public:
    Ledger(Analysis& analysis, const RowSink& rows) : m_analysis(analysis), m_rows(rows) {}

    const Analysis& analysis() const { return m_analysis; }
    /// What every metric is measured for: the formats, then the noise floor.
    std::vector<quant::Format> variants() const;
    /// How many of these cells are wanted and not known yet.
    int missing(Metric metric, quant::Format format, int row, const ColumnList& columns) const;
    /// The same of all rows together.
    bool isMissing(Metric metric, quant::Format format, const ColumnList& columns) const;
    ColumnList allColumns() const;
    /// Adds to each of these cells.
    void add(Metric metric, quant::Format format, int row, const ColumnList& columns, const quant::ErrorSums& sums);
    /// Makes decibels of the sums in cells that are not known yet, and reports the row.
    void settle(Metric metric, quant::Format format, int row, const ColumnList& columns);
    /// A share and its spread have been estimated, or cannot be told; reports the row.
    void note(quant::Format format, int row, int column, double share, double spread);
    /// The full-precision run has told the ranges of activations.
    void note(ActivationRanges activations) { m_analysis.activations = std::move(activations); }
    /// A uniform recipe was measured end to end.
    void note(const UniformResult& result) { m_analysis.uniform.push_back(result); }

private:
    Grid* find(Metric metric, quant::Format format) const;

    Analysis& m_analysis;
    const RowSink& m_rows;
    std::map<std::pair<Metric, quant::Format>, std::vector<quant::ErrorSums>> m_sums; ///< row-major like the grid
};

/// Progress of all work on one scale, see Work::units().
class Meter {
public:
    explicit Meter(const ldm::ProgressSink& sink) : m_sink(sink) {}
    void expect(std::int64_t units) { m_total += units; }
    void finished(const std::string& what, std::int64_t units) {
        m_done += units;
        ldm::report(m_sink, what, m_done, m_total);
    }

private:
    const ldm::ProgressSink& m_sink;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
};

} // namespace analysis
