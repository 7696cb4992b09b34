#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missingUniform() of the analysis along trajectories of their own. False when stopped.
bool measureUniform(Work& work, const Recordings& recordings, Variants& variants);

} // namespace analysis
