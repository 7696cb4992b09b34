#pragma once

#include <ATen/core/Tensor.h>

namespace ldm {

/// softmax(q k^T * scale + mask) v in float32; q [B, heads, n, d], k and v [B, heads, m, d] with any strides, mask
/// undefined or broadcastable to [B, heads, n, m]. Returns [B, heads, n, d], laid out in memory as [B, n, heads, d].
/// Works in slices of rows: each thread holds the scores of one slice only, so memory does not grow with n * m.
at::Tensor scaledDotProductAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                     const at::Tensor& mask);

} // namespace ldm
