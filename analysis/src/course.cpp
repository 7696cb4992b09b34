#include "course.h"

#include <cmath>
#include <numeric>

namespace analysis {

namespace {

constexpr int kHalvings = 10;
constexpr int kGainRounds = 8;

double together(const CourseRow& row, const Course& course) {
    double power = 0;
    double amplitude = 0;
    for (std::size_t part = 0; part < course.gains.size(); ++part) {
        power += course.gains[part] * row.powers[part];
        amplitude += std::sqrt(course.gains[part]) * row.amplitudes[part];
    }
    return (1 - course.coherence) * power + course.coherence * amplitude * amplitude;
}

/// What each part alone makes, as a share of all parts together.
std::vector<double> sharesOf(const std::vector<CourseRow>& rows, const Course& course) {
    std::vector<double> shares(course.gains.size(), 0.0);
    double all = 0;
    for (const CourseRow& row : rows) {
        const double sum = together(row, course);
        if (!(sum > 0)) continue;
        const double weight = row.total > 0 ? row.total / sum : 1;
        all += weight * sum;
        for (std::size_t part = 0; part < shares.size(); ++part) {
            const double amplitude = row.amplitudes[part] * row.amplitudes[part];
            shares[part] += weight * course.gains[part] *
                            ((1 - course.coherence) * row.powers[part] + course.coherence * amplitude);
        }
    }
    for (double& share : shares) share /= all;
    return shares;
}

double sumOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Gains that bring the shares into the measured proportion, 1 in the mean.
void fitGains(const std::vector<CourseRow>& rows, const std::vector<double>& measured, Course& course) {
    for (int round = 0; round < kGainRounds; ++round) {
        const std::vector<double> shares = sharesOf(rows, course);
        for (std::size_t part = 0; part < measured.size(); ++part)
            if (shares[part] > 0) course.gains[part] *= measured[part] / shares[part]; // else no gain could tell
        const double mean = sumOf(course.gains) / double(measured.size());
        for (double& gain : course.gains) gain /= mean;
    }
}

} // namespace

Course fittedCourse(const std::vector<CourseRow>& rows, const std::vector<double>& shares) {
    Course course{0, std::vector<double>(shares.size(), 1.0)};
    double low = 0;
    double high = 1;
    for (int i = 0; i < kHalvings; ++i) {
        course.coherence = (low + high) / 2;
        fitGains(rows, shares, course);
        // The more adds as amplitudes, the less of the whole the parts make alone.
        (sumOf(sharesOf(rows, course)) > sumOf(shares) ? low : high) = course.coherence;
    }
    course.coherence = high < 1e-2 ? 0 : low > 0.99 ? 1 : course.coherence;
    fitGains(rows, shares, course);
    return course;
}

} // namespace analysis
