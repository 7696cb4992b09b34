#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing cells of `accumulated`: full-precision and altered trajectories advance side by side, each with
/// its own latent, and are compared after every block. False when stopped.
bool measureAccumulated(ldm::Networks& networks, const Recordings& recordings, Ledger& ledger, std::stop_token stop,
                        Meter& meter);
/// Units of work measureAccumulated() will report.
std::int64_t accumulatedUnits(const Ledger& ledger);

} // namespace analysis
