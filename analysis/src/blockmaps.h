#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing cells of `local` and `output`. Sampling steps do not depend on each other once the
/// full-precision trajectory is known, so every block runs for many steps in one batch. False when stopped.
bool measureBlocks(ldm::Networks& networks, const Recordings& recordings, Ledger& ledger, std::stop_token stop,
                   Meter& meter);
/// Units of work measureBlocks() will report.
std::int64_t blockUnits(const Ledger& ledger);

} // namespace analysis
