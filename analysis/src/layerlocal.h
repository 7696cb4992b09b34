#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing cells of `local` at layer level in these columns: one full-precision run in which every layer
/// is also computed in each format from the input that full precision gives it, and compared at its own output. False
/// when stopped.
bool measureLayersLocally(Work& work, const Recordings& recordings, Variants& variants, const ColumnList& columns);

} // namespace analysis
