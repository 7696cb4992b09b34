#pragma once

#include "recording.h"

namespace analysis {

/// Measures the missing cells of `local`, `output` or `others` in these columns. Sampling steps do not depend on each
/// other once the full-precision trajectory is known, so what is altered runs for many steps in one batch. False when
/// stopped.
bool measureRows(Work& work, const Recordings& recordings, Variants& variants, Metric metric,
                 const ColumnList& columns);

} // namespace analysis
