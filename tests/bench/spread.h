#pragma once

#include <cmath>
#include <vector>

/// Mean and sample standard deviation of what is measured over seeds.
class Spread {
public:
    void add(double value) { m_values.push_back(value); }
    double mean() const {
        double sum = 0;
        for (const double value : m_values) sum += value;
        return sum / double(m_values.size());
    }
    double deviation() const {
        if (m_values.size() < 2) return 0;
        const double center = mean();
        double squares = 0;
        for (const double value : m_values) squares += (value - center) * (value - center);
        return std::sqrt(squares / double(m_values.size() - 1));
    }

private:
    std::vector<double> m_values;
};
