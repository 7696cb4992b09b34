#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing rows of `final`: each row alone in its format along a trajectory of its own, compared at the
/// latent after the last step. Several rows run as one batch. False when stopped.
bool measureFinal(Work& work, const Recordings& recordings, Variants& variants);

} // namespace analysis
