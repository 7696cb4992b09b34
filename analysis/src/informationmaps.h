#pragma once

#include "recording.h"

namespace analysis {

/// Estimates the missing cells of `information` in these columns, one timestep after the other and row by row. Samples
/// are as many positions of every prompt's maps. What cannot be estimated becomes kUnknowable. False when stopped.
bool measureInformation(Work& work, const Recordings& recordings, Variants& variants, const ColumnList& columns);

} // namespace analysis
