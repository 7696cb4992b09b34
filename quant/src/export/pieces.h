#pragma once

#include <algorithm>
#include <cstdint>

namespace quant {

/// Calls each(begin, length) for consecutive pieces of so many elements: what is converted or compared piece by piece
/// needs no copies of a whole tensor. Pieces are multiples of the blocks that sums are made of.
template <typename Each> void forPieces(std::int64_t elements, const Each& each) {
    constexpr std::int64_t kPiece = std::int64_t{1} << 20;
    for (std::int64_t begin = 0; begin < elements; begin += kPiece) each(begin, std::min(kPiece, elements - begin));
}

} // namespace quant
