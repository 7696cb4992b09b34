#pragma once

#include "work.h"

namespace analysis {

/// Measures the missing rows of `weights`: reads every layer's weights once and runs nothing. Weights that are not
/// finite throw BadInput naming the layer. False when stopped.
bool measureWeights(Work& work);

} // namespace analysis
