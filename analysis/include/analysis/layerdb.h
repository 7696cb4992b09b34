#pragma once

#include <analysis/sqnr.h>

#include <quant/recipe.h>

#include <ldm/model.h>

#include <optional>
#include <vector>

namespace analysis {

/// What the `local` maps say of every layer in the format that a plan gives it first: dB of its mean noise power over
/// the timesteps that were measured; of its block, where the analysis has one row per block. By index into
/// ModelInfo::layers; nothing for layers that are exact or not measured so. Throws BadInput for an analysis of another
/// model.
std::vector<std::optional<double>> layerDb(const Analysis& analysis, const quant::Plan& plan,
                                           const ldm::ModelInfo& model);

} // namespace analysis
