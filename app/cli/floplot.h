#pragma once

#include <analysis/flo.h>

#include <string>

namespace app::cli {

/// An SVG with a panel for each bound: the information over the correlation as dashes, the estimates as a line with
/// dots, their deciles as a band, and log K dotted. Y ends a little above the highest estimate below its
/// truth; what is higher is cut off.
std::string floPlot(const analysis::flo::Benchmark& benchmark, const std::vector<analysis::flo::BenchmarkCell>& cells);

} // namespace app::cli
