#pragma once

#include "../configreading.h"

#include <vector>

namespace ldm::samplers {

/// How sampling timesteps lie among the training timesteps (Lin et al. 2023, arXiv 2305.08891, table 2).
enum class Spacing { Linspace, Leading, Trailing };

struct SpacingConfig {
    Spacing spacing = Spacing::Linspace;
    int offset = 0; ///< added where the spacing is Leading
};

/// Reads timestep_spacing and steps_offset.
SpacingConfig readSpacing(ConfigReader& reader, const char* fallback);

/// `count` values from `first` to `last`, both included, as numpy's linspace computes them.
std::vector<double> linspace(double first, double last, int count);

/// Throws BadInput unless a sampler can make so many steps.
void requireSteps(int steps, int trainSteps);

/// Descending timesteps of `steps` runs; fractional where the spacing is Linspace. Throws BadInput for impossible
/// step counts.
std::vector<double> spacedTimesteps(SpacingConfig config, int trainSteps, int steps);
/// The same, rounded.
std::vector<double> wholeTimesteps(SpacingConfig config, int trainSteps, int steps);

/// Descending whole timesteps as multistep solvers place them: the ends of `steps` intervals below `last`, the number
/// of training timesteps that may be used. There are fewer of them where Trailing meets a smaller `last`.
std::vector<double> intervalTimesteps(SpacingConfig config, int trainSteps, int last, int steps);

/// Rounds halves to even, as numpy does.
std::vector<double> rounded(std::vector<double> values);

} // namespace ldm::samplers
