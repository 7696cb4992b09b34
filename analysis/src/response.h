#pragma once

#include <vector>

namespace analysis {

/// What was added up, and the noise power that was measured for the same recipe.
struct ResponsePoint {
    double added = 0;
    double measured = 0;
};

/// From added noise to measured noise: in proportion while both are small, and never beyond a ceiling, where the
/// picture has become another one. measured = gain x added / (1 + gain x added / ceiling).
class Response {
public:
    /// Measured as added.
    Response() = default;
    /// Fitted in decibels. Points that are not positive and finite are left out.
    explicit Response(const std::vector<ResponsePoint>& points);

    bool fitted() const { return m_fitted; }
    double at(double added) const;
    /// Infinite from the ceiling on.
    double inverse(double measured) const;

private:
    double m_gain = 1;
    double m_ceiling = 0; ///< 0: none
    bool m_fitted = false;
};

} // namespace analysis
