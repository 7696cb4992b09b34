#pragma once

#include <analysis/sqnr.h>

namespace analysis {

struct RowMeasured;

/// True if values of one analysis mean the same in the other: same model, same layout, and settings that differ in
/// metrics, formats and the name of the latents' file at most.
bool sameInputs(const Analysis& a, const Analysis& b);

/// `fresh` with every value that it lacks and `known` holds; nothing if the inputs differ. Where nothing is left to
/// measure, the timing is that of the known values.
Analysis withKnownValues(Analysis fresh, const Analysis& known);

/// `known` with all that `fresh` holds added or replaced, so that nothing measured is lost; just `fresh` if the inputs
/// differ.
Analysis merged(Analysis known, const Analysis& fresh);

/// Takes over what a running analysis has reported, see analyze(). False where there is no such row.
bool setRow(Analysis& analysis, const RowMeasured& row);

} // namespace analysis
