#include "sigmareading.h"

#include "sigmas.h"

namespace ldm::samplers {

namespace {

/// Timesteps are float32 in these classes, and fractional.
std::vector<double> asFloat(std::vector<double> values) {
    for (double& value : values) value = static_cast<float>(value);
    return values;
}

} // namespace

SigmaReading::SigmaReading(ConfigReader& reader, const NoiseDefaults& defaults, int steps)
    : noise(readPositiveNoise(reader, defaults)), spacing(readSpacing(reader, "linspace")) {
    table.timesteps = asFloat(spacedTimesteps(spacing, noise.trainSteps(), steps));
    table.sigmas = sigmasAt(table.timesteps, noise.sigmas());
}

void SigmaReading::useKarras(double largest, double smallest) {
    table.sigmas = karrasSigmas(largest, smallest, static_cast<int>(table.timesteps.size()));
    table.timesteps = timestepsOf(table.sigmas, noise.sigmas());
}

} // namespace ldm::samplers
