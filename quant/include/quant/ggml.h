#pragma once

#include <quant/format.h>

#include <ldm/ggmlblocks.h>

#include <cstddef>
#include <span>

namespace quant {

/// Values above this are too large for the half-precision scales of ggml's blocks.
inline constexpr float kLargestGgmlValue = 65504;

/// ggml's type behind a GGUF weight format: number, name, size of a block, decoder. Throws Failed for other formats.
const ldm::GgmlType& ggmlType(WeightFormat format);

/// Encodes values as ggml's own quantizer does without importance data, byte for byte (ggml_quantize_chunk,
/// https://github.com/ggml-org/ggml, src/ggml-quants.c). `values` holds a whole number of blocks, finite and of at most
/// kLargestGgmlValue; `blocks` takes values.size() / elements * bytes of them. Any thread.
void encodeBlocks(WeightFormat format, std::span<const float> values, std::byte* blocks);

} // namespace quant
