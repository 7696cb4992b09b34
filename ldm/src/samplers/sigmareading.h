#pragma once

#include "families.h"
#include "timesteps.h"

namespace ldm::samplers {

/// What Euler, Euler ancestral, Heun and LMS read alike, in the order it is needed.
struct SigmaReading {
    NoiseSchedule noise;
    SpacingConfig spacing;
    SigmaTable table; ///< at the spaced timesteps, without the final sigma

    SigmaReading(ConfigReader& reader, const NoiseDefaults& defaults, int steps);
    bool fromMostNoise() const { return spacing.spacing != Spacing::Leading; }
    /// Puts the noise levels of Karras et al. in place, by default between the ends of the table.
    void useKarras(double largest, double smallest);
    void useKarras() { useKarras(table.sigmas.front(), table.sigmas.back()); }
};

} // namespace ldm::samplers
