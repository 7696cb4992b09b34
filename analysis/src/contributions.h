#pragma once

#include <analysis/sqnr.h>

#include <cmath>
#include <vector>

namespace analysis {

/// What a row adds to the end in some columns, if nothing else is quantized.
struct Contribution {
    double power = 0;     ///< of errors that differ from step to step
    double amplitude = 0; ///< of errors that are the same at every step
    bool known = true;
};

/// What one format adds, row by row, as running sums over the columns.
class Contributions {
public:
    Contributions(int rows, int columns)
        : m_columns(columns), m_sums(std::size_t(rows) * std::size_t(columns + 1)), m_known(m_sums.size()) {}

    /// Columns of a row are set in ascending order.
    void set(int row, int column, Contribution made) {
        const std::size_t at = index(row, column);
        m_sums[at + 1] = m_sums[at];
        if (made.known) {
            m_sums[at + 1].power += made.power;
            m_sums[at + 1].amplitude += made.amplitude;
        }
        m_known[at + 1] = m_known[at] + (made.known ? 1 : 0);
    }
    bool complete(int row) const { return m_known[index(row, m_columns)] == m_columns; }
    /// Columns that are not known count as the others of the stretch.
    Contribution over(int row, Columns columns) const {
        const std::size_t first = index(row, columns.first);
        const std::size_t end = first + std::size_t(columns.count);
        const int known = m_known[end] - m_known[first];
        if (known == 0) return {0, 0, columns.count == 0};
        const double scale = double(columns.count) / known;
        return {(m_sums[end].power - m_sums[first].power) * scale,
                (m_sums[end].amplitude - m_sums[first].amplitude) * scale, true};
    }

private:
    std::size_t index(int row, int column) const {
        return std::size_t(row) * std::size_t(m_columns + 1) + std::size_t(column);
    }

    int m_columns;
    std::vector<Contribution> m_sums;
    std::vector<int> m_known;
};

/// Contributions to a row's noise that come together.
class Tally {
public:
    void add(quant::WeightFormat weights, const Contribution& contribution) {
        if (!contribution.known) return;
        m_known = true;
        m_power += contribution.power;
        for (auto& [format, amplitude] : m_amplitudes)
            if (format == weights) {
                amplitude += contribution.amplitude;
                return;
            }
        m_amplitudes.emplace_back(weights, contribution.amplitude);
    }
    /// Nothing but unknown ones were added.
    bool isUnknown() const { return !m_known; }
    /// Amplitudes add where weights are wrong in the same way, which is where they have the same format.
    double noise() const {
        double sum = m_power;
        for (const auto& [format, amplitude] : m_amplitudes) sum += amplitude * amplitude;
        return sum;
    }

private:
    double m_power = 0;
    std::vector<std::pair<quant::WeightFormat, double>> m_amplitudes;
    bool m_known = false;
};

} // namespace analysis
