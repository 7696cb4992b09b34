#pragma once

#include "gguftypes.h"
#include "job.h"

namespace quant {

/// A layer's weight in blocks.
struct GgufBlocks {
    at::Tensor bytes;               ///< uint8
    std::int64_t flushedBlocks = 0; ///< that became zero since half precision has no scale as small as theirs
};

/// The weight of a layer whose storage has blocks: the recipe's integers where it has them, else what ggml makes of the
/// weight. Throws BadInput naming the layer for values that blocks cannot hold.
GgufBlocks ggufBlocks(const ExportJob& job, int layer, WeightFormat blocks);

/// Codes in Q8_0 or Q4_0, uint8: each block with its channel's or group's scale in half precision. `group` as
/// scaleGroup() says, a whole number of blocks. Throws BadInput for scales that half precision cannot hold.
at::Tensor blocksOfIntegers(const IntegerWeights& weights, std::int64_t group, WeightFormat blocks);

} // namespace quant
