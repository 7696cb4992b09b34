#pragma once

#include <analysis/sqnr.h>

#include <optional>
#include <string>
#include <vector>

namespace analysis {

/// Predicted SQNR of a recipe.
struct Prediction {
    std::optional<double> db;     ///< pooled over timesteps; kExact where nothing is quantized; nothing if no map fits
    Metric basis = Metric::Local; ///< the map it rests on: output where measured, else local
    std::vector<double> perTimestepDb;  ///< by column
    std::vector<quant::Format> missing; ///< formats in use that the maps do not hold (their blocks are left out)
};

/// Predicts from the maps alone: the errors of blocks are taken as independent, so relative noise powers add:
/// 10^(-db/10) = sum over blocks of 10^(-db_b/10). A block of mixed formats counts with the parameter-weighted mix of
/// its layers' noise powers. Pure and fast (well under a millisecond for 50 blocks x 50 steps).
Prediction predict(const Analysis& analysis, const quant::Plan& plan, const ldm::ModelInfo& model);

/// Summary of one row for tables.
struct RowSummary {
    double meanDb = kNotMeasured; ///< of mean noise power over measured timesteps
    double worstDb = kNotMeasured;
    int worstTimestep = -1;
};
RowSummary summarize(const Grid& grid, int row, const std::vector<int>& timesteps);

} // namespace analysis
