#pragma once

#include <analysis/sqnr.h>

#include <ldm/model.h>

namespace bench {

/// An analysis of a model that is complete without having been measured: maps of three metrics and five formats over 50
/// steps, and the uniform recipes of all of them. Another seed makes other numbers.
analysis::Analysis completeMaps(const ldm::ModelInfo& model, std::uint64_t seed = 0);

} // namespace bench
