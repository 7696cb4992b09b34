#pragma once

#include <cstdint>

namespace quant {

/// Tensors of many sizes leave gaps in the heap, which together would be a multiple of the largest tensor. Pages that
/// are given back must be cleared by the system when they are wanted again, which takes longer than most conversions,
/// so that only many are.
class HeapGaps {
public:
    /// Gives all gaps back if the process has grown by more than 256 MiB since it last did.
    void release();

private:
    std::int64_t m_least = 0; ///< bytes of the process after that
};

} // namespace quant
