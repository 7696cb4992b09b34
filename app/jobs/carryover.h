#pragma once

#include <analysis/sqnr.h>

namespace app::jobs {

/// True if values of one analysis mean the same in the other: same model, same layout, and settings that differ in
/// metrics and formats at most.
bool sameInputs(const analysis::Analysis& a, const analysis::Analysis& b);

/// `fresh` with every value of its maps and floors that `known` holds already; nothing if the inputs differ.
analysis::Analysis withKnownValues(analysis::Analysis fresh, const analysis::Analysis& known);

/// `known` with the maps and floors of `fresh` added or replaced, so that nothing measured is lost; just `fresh` if the
/// inputs differ.
analysis::Analysis merged(analysis::Analysis known, const analysis::Analysis& fresh);

} // namespace app::jobs
