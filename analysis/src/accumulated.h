#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing cells of `accumulated`: full-precision and altered trajectories advance side by side, each with
/// its own latent, and are compared after every row. False when stopped.
bool measureAccumulated(Work& work, const Recordings& recordings, Variants& variants);

} // namespace analysis
