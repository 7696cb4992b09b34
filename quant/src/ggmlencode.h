#pragma once

#include <cstddef>

/// Encoders of consecutive blocks. Every product and sum is rounded as written, so that blocks equal ggml's.
namespace quant::ggml {

void encodeQ4_0(const float* values, std::size_t blocks, std::byte* out);
void encodeQ4_1(const float* values, std::size_t blocks, std::byte* out);
void encodeQ5_0(const float* values, std::size_t blocks, std::byte* out);
void encodeQ5_1(const float* values, std::size_t blocks, std::byte* out);
void encodeQ8_0(const float* values, std::size_t blocks, std::byte* out);
void encodeQ4_K(const float* values, std::size_t blocks, std::byte* out);
void encodeQ5_K(const float* values, std::size_t blocks, std::byte* out);
void encodeQ6_K(const float* values, std::size_t blocks, std::byte* out);

} // namespace quant::ggml
