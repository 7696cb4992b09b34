#pragma once

#include "baked.h"

namespace quant {

/// The tensors of a single file of the original (LDM) code: `parts` belongs to checkpoint.parts. Throws BadInput for a
/// tensor that this layout has no name for.
std::vector<BakedTensor> inLdmLayout(const ldm::Checkpoint& checkpoint, std::vector<std::vector<BakedTensor>> parts);

} // namespace quant
