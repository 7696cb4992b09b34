#include "timesteps.h"

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace ldm::samplers {

namespace {

constexpr int kMostOffset = 100000;

/// From `last` down in steps of trainSteps / steps, less one. numpy's arange yields one step more for some counts, at
/// timestep -1; that is an accident and not followed.
std::vector<double> trailing(int trainSteps, int last, int steps) {
    const double stride = static_cast<double>(trainSteps) / steps;
    const double step = last - (last - stride); // what arange adds up
    const int count = std::min(steps, static_cast<int>(std::ceil(last / stride)));
    std::vector<double> result;
    for (int i = 0; i < count; ++i) result.push_back(std::nearbyint(last - i * step) - 1);
    return result;
}

std::vector<double> leading(int stride, int highest, int lowest, int offset) {
    std::vector<double> result;
    for (int i = highest; i >= lowest; --i) result.push_back(static_cast<double>(i) * stride + offset);
    return result;
}

void requireTrained(const std::vector<double>& timesteps, int trainSteps, int steps, int offset) {
    if (timesteps.front() >= trainSteps)
        throw badInput("With " + std::to_string(steps) + " steps and the scheduler's steps_offset of " +
                       std::to_string(offset) + " the first timestep would be beyond the last trained one, " +
                       std::to_string(trainSteps - 1) + "; use fewer steps.");
}

} // namespace

SpacingConfig readSpacing(ConfigReader& reader, const char* fallback) {
    const std::string name = reader.oneOf("timestep_spacing", fallback, {"linspace", "leading", "trailing"});
    const Spacing spacing = name == "linspace"  ? Spacing::Linspace
                            : name == "leading" ? Spacing::Leading
                                                : Spacing::Trailing;
    return {spacing, reader.integer("steps_offset", 0, 0, kMostOffset)};
}

std::vector<double> linspace(double first, double last, int count) {
    std::vector<double> result;
    const double step = (last - first) / std::max(1, count - 1);
    for (int i = 0; i < count; ++i) result.push_back(i * step + first);
    if (count > 1) result.back() = last;
    return result;
}

void requireSteps(int steps, int trainSteps) {
    if (steps < 1 || steps > trainSteps)
        throw badInput("A sampler of " + std::to_string(steps) + " steps was asked for, but the model allows 1 to " +
                       std::to_string(trainSteps) + ".");
}

std::vector<double> rounded(std::vector<double> values) {
    for (double& value : values) value = std::nearbyint(value);
    return values;
}

std::vector<double> spacedTimesteps(SpacingConfig config, int trainSteps, int steps) {
    requireSteps(steps, trainSteps);
    std::vector<double> result;
    switch (config.spacing) {
    case Spacing::Linspace:
        result = linspace(0, trainSteps - 1, steps);
        std::reverse(result.begin(), result.end());
        break;
    case Spacing::Leading:
        result = leading(trainSteps / steps, steps - 1, 0, config.offset);
        break;
    case Spacing::Trailing:
        result = trailing(trainSteps, trainSteps, steps);
        break;
    }
    requireTrained(result, trainSteps, steps, config.offset);
    return result;
}

std::vector<double> wholeTimesteps(SpacingConfig config, int trainSteps, int steps) {
    return rounded(spacedTimesteps(config, trainSteps, steps));
}

std::vector<double> intervalTimesteps(SpacingConfig config, int trainSteps, int last, int steps) {
    requireSteps(steps, trainSteps);
    std::vector<double> result;
    switch (config.spacing) {
    case Spacing::Linspace:
        result = rounded(linspace(0, last - 1, steps + 1));
        std::reverse(result.begin(), result.end());
        result.pop_back();
        break;
    case Spacing::Leading:
        result = leading(last / (steps + 1), steps, 1, config.offset);
        break;
    case Spacing::Trailing:
        result = trailing(trainSteps, last, steps);
        break;
    }
    requireTrained(result, trainSteps, steps, config.offset);
    return result;
}

} // namespace ldm::samplers
