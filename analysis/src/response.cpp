#include "response.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace analysis {

namespace {

/// Two pictures that have nothing in common differ by twice their power: a ceiling beyond that means none at all.
constexpr double kHighestCeiling = 2;
constexpr int kCeilings = 60;
constexpr double kCeilingRatio = 1.08;

double saturated(double noise, double ceiling) {
    return ceiling > 0 ? noise / (1 + noise / ceiling) : noise;
}

struct Fit {
    double gain = 1;
    double error = std::numeric_limits<double>::infinity();
};

/// The gain that fits best under a ceiling, by bisection: the residual falls as the gain grows.
Fit fitGain(const std::vector<ResponsePoint>& points, double ceiling) {
    const auto residual = [&](const ResponsePoint& point, double gain) {
        return std::log(point.measured) - std::log(saturated(gain * point.added, ceiling));
    };
    double low = -30;
    double high = 30;
    for (int i = 0; i < 80; ++i) {
        const double middle = (low + high) / 2;
        double slope = 0; // of the squared error, but for a factor
        for (const ResponsePoint& point : points) {
            const double noise = std::exp(middle) * point.added;
            slope += residual(point, std::exp(middle)) * (ceiling > 0 ? 1 / (1 + noise / ceiling) : 1);
        }
        (slope > 0 ? low : high) = middle;
    }
    Fit fit{std::exp(low), 0};
    for (const ResponsePoint& point : points) fit.error += std::pow(residual(point, fit.gain), 2);
    return fit;
}

} // namespace

Response::Response(const std::vector<ResponsePoint>& points) {
    std::vector<ResponsePoint> usable;
    double largest = 0;
    for (const ResponsePoint& point : points) {
        const bool positive = point.added > 0 && point.measured > 0;
        if (!positive || !std::isfinite(point.added) || !std::isfinite(point.measured)) continue;
        usable.push_back(point);
        largest = std::max(largest, point.measured);
    }
    if (usable.empty()) return;
    m_fitted = true;
    Fit best = fitGain(usable, 0);
    m_gain = best.gain;
    if (usable.size() < 2) return; // one point cannot tell a gain from a ceiling
    double ceiling = kHighestCeiling;
    for (int i = 0; i < kCeilings && ceiling > largest * kCeilingRatio; ++i, ceiling /= kCeilingRatio) {
        const Fit fit = fitGain(usable, ceiling);
        if (fit.error >= best.error) continue;
        best = fit;
        m_gain = fit.gain;
        m_ceiling = ceiling;
    }
}

double Response::at(double added) const {
    if (std::isinf(added)) return m_ceiling > 0 ? m_ceiling : added;
    return saturated(m_gain * added, m_ceiling);
}

double Response::inverse(double measured) const {
    if (m_ceiling <= 0) return measured / m_gain;
    if (measured >= m_ceiling) return std::numeric_limits<double>::infinity();
    return measured / (1 - measured / m_ceiling) / m_gain;
}

} // namespace analysis
