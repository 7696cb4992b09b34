#pragma once

#include <ldm/model.h>

#include <string_view>

namespace ldm {

/// Throws BadInput with the exact reason where this build or this machine cannot compute so. Nothing is ever computed
/// elsewhere, or in another precision, instead.
void requireAvailable(const Compute& compute);

/// True if a text like /proc/cpuinfo tells of instructions for bfloat16 products.
bool hasBf16Products(std::string_view cpuinfo);

/// True if this processor has them.
bool hasBf16Products();

} // namespace ldm
