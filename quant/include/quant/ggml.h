#pragma once

#include <quant/format.h>

#include <ldm/ggmlblocks.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quant {

/// Values above this are too large for the half-precision scales of ggml's blocks.
inline constexpr float kLargestGgmlValue = 65504;

/// ggml's type behind a GGUF weight format: number, name, size of a block, decoder. Throws Failed for other formats.
const ldm::GgmlType& ggmlType(WeightFormat format);

/// Encodes values as ggml's own quantizer does without importance data, byte for byte (ggml_quantize_chunk,
/// https://github.com/ggml-org/ggml, src/ggml-quants.c). `values` holds a whole number of blocks, finite and of at most
/// kLargestGgmlValue; `blocks` takes values.size() / elements * bytes of them. Any thread.
void encodeBlocks(WeightFormat format, std::span<const float> values, std::byte* blocks);

/// Bytes of so many values, a whole number of blocks.
std::int64_t encodedBytes(std::int64_t values, WeightFormat format);
/// The blocks of a weight whose rows they divide, uint8 [bytes]; `weight` in any float type. Values that are not finite
/// or above kLargestGgmlValue throw BadInput.
at::Tensor encodedBlocks(const at::Tensor& weight, WeightFormat format);
/// The float32 values of blocks, in a shape.
at::Tensor decodedBlocks(const at::Tensor& blocks, WeightFormat format, const std::vector<std::int64_t>& shape);

} // namespace quant
