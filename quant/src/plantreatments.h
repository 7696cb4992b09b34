#pragma once

#include <quant/recipe.h>

namespace quant {

/// Fills in Plan::treated from the recipe and the plan's segments, and adds to the warnings what will have no effect.
/// Throws as resolve() does.
void planTreatments(const Recipe& recipe, const ldm::ModelInfo& model, Plan& plan);

} // namespace quant
