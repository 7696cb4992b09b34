#pragma once

#include <vector>

namespace ldm::samplers {

// Tables of noise levels. `trained` holds the sigmas of all training timesteps, ascending, float32; results are in
// double, as numpy computes them, and become float32 in the samplers' tables.

/// Sigmas at fractional timesteps, linear between neighbours and constant beyond the ends.
std::vector<double> sigmasAt(const std::vector<double>& timesteps, const std::vector<float>& trained);

/// From the largest to the smallest by the seventh root (Karras et al. 2022, arXiv 2206.00364, equation 5).
std::vector<double> karrasSigmas(double largest, double smallest, int steps);

/// Logarithms of the signal-to-noise ratio at equal distances (Lu et al. 2022, arXiv 2206.00927).
std::vector<double> luSigmas(const std::vector<float>& trained, int steps);

/// Logarithms at equal distances from the largest of `sigmas` to the smallest; one more than the steps, in float32.
std::vector<double> logLinearSigmas(const std::vector<float>& trained, int steps);

/// The fractional timesteps at which the trained sigmas would be these, linear in the logarithm.
std::vector<double> timestepsOf(const std::vector<double>& sigmas, const std::vector<float>& trained);

/// As they stand in a table.
std::vector<float> toFloat(const std::vector<double>& values);

} // namespace ldm::samplers
