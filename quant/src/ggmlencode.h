#pragma once

#include <ldm/ggmlblocks.h>

/// One block from its values: 32 or, for K types, 256. Every product and sum is rounded as written.
namespace quant::ggml {

void encode(const float* x, ldm::ggml::Q4_0& block);
void encode(const float* x, ldm::ggml::Q4_1& block);
void encode(const float* x, ldm::ggml::Q5_0& block);
void encode(const float* x, ldm::ggml::Q5_1& block);
void encode(const float* x, ldm::ggml::Q8_0& block);
void encode(const float* x, ldm::ggml::Q4_K& block);
void encode(const float* x, ldm::ggml::Q5_K& block);
void encode(const float* x, ldm::ggml::Q6_K& block);

} // namespace quant::ggml
