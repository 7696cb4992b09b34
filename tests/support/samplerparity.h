#pragma once

#include "reference.h"

namespace support {

/// Compares every case of a folder of recorded schedulers ("sd-oracle-sched-1"): tables, whole simulations on given
/// model outputs, and the forward process. One entry per check; a check that is not understood is an entry with a
/// complaint.
std::vector<Deviation> checkSamplers(const std::filesystem::path& folder);

} // namespace support
