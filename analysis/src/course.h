#pragma once

#include <vector>

namespace analysis {

/// How the noise that a format makes in single steps comes together at the end. Weights are wrong in the same way at
/// every step, so their errors add as amplitudes; those of activations add as powers.
struct Course {
    double coherence = 0;      ///< share of the noise that adds as amplitudes, 0..1
    std::vector<double> gains; ///< by part of the steps: how much noise made there counts
};

/// What one row makes in each part of the steps.
struct CourseRow {
    double total = 0;               ///< of all parts at the end; 0 where the parts themselves tell it
    std::vector<double> powers;     ///< sum over the steps of a part
    std::vector<double> amplitudes; ///< sum of square roots, divided by the root of the number of all steps
};

/// The course under which each part alone makes the measured share of what all parts make together. The shares need
/// not add up to 1: what is coherent makes more together.
Course fittedCourse(const std::vector<CourseRow>& rows, const std::vector<double>& shares);

} // namespace analysis
