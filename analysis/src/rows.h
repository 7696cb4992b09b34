#pragma once

#include <analysis/sqnr.h>

#include <ldm/model.h>

#include <vector>

namespace analysis {

/// What a row of the maps stands for in the network.
struct Row {
    int stage = 0;           ///< of the UNet; as many as there are blocks
    std::vector<int> layers; ///< indices of those that are quantized, in order of execution
};

/// The rows of a level in order of execution.
std::vector<Row> rowsOf(const ldm::ModelInfo& model, Level level);
/// The same rows as an analysis describes them.
std::vector<BlockRow> blockRowsOf(const ldm::ModelInfo& model, Level level);

} // namespace analysis
