#include "attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <vector>

namespace ldm {

namespace {

/// Scores of one slice of rows: about what stays in a core's cache, and bounds the memory of a thread.
constexpr std::int64_t kSliceScores = std::int64_t{1} << 19;
/// The same for a GPU, which wants all heads at once: 256 MiB.
constexpr std::int64_t kDeviceSliceScores = std::int64_t{1} << 26;

std::int64_t rowsPerSlice(std::int64_t scores, std::int64_t rows, std::int64_t columns) {
    return std::clamp<std::int64_t>(scores / std::max<std::int64_t>(columns, 1), 1, rows);
}

/// Some rows of all heads at a time, for devices that run one operation after the other.
at::Tensor slicedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                           const at::Tensor& mask) {
    const std::int64_t n = q.size(2), m = k.size(2);
    const at::Tensor keys = k.transpose(2, 3);
    const at::Tensor bias = mask.defined() ? mask.expand({q.size(0), q.size(1), n, m}) : mask;
    const std::int64_t rows = rowsPerSlice(kDeviceSliceScores, n, q.size(0) * q.size(1) * m);
    std::vector<at::Tensor> parts;
    for (std::int64_t first = 0; first < n; first += rows) {
        const std::int64_t count = std::min(rows, n - first);
        at::Tensor scores = at::matmul(q.narrow(2, first, count) * scale, keys);
        if (bias.defined()) scores = scores + bias.narrow(2, first, count);
        parts.push_back(at::matmul(at::softmax(scores, 3), v));
    }
    return at::cat(parts, 2);
}

/// The heads' slices spread over the threads, with the scores of each in its cache.
at::Tensor threadedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                             const at::Tensor& mask) {
    const std::int64_t batch = q.size(0), heads = q.size(1), n = q.size(2), m = k.size(2);
    at::Tensor out = at::empty({batch, n, heads, v.size(3)}, q.options()).transpose(1, 2);
    const at::Tensor keys = k.transpose(2, 3);
    const at::Tensor bias = mask.defined() ? mask.expand({batch, heads, n, m}) : mask;
    const std::int64_t rows = rowsPerSlice(kSliceScores, n, m);
    const std::int64_t slices = (n + rows - 1) / rows;

    at::parallel_for(0, batch * heads * slices, 1, [&](std::int64_t begin, std::int64_t end) {
        // Worker threads have their own dispatch state; below autograd in-place results are allowed in every mode.
        const at::AutoDispatchBelowADInplaceOrView belowAutograd;
        for (std::int64_t task = begin; task < end; ++task) {
            const std::int64_t b = task / slices / heads, h = task / slices % heads;
            const std::int64_t first = task % slices * rows, count = std::min(rows, n - first);
            const at::Tensor query = q[b][h].narrow(0, first, count);
            at::Tensor scores = at::empty({count, m}, q.options());
            at::addmm_out(scores, scores, query, keys[b][h], 0, scale);
            if (bias.defined()) scores.add_(bias[b][h].narrow(0, first, count));
            at::softmax_out(scores, scores, 1);
            at::Tensor target = out[b][h].narrow(0, first, count);
            at::mm_out(target, scores, v[b][h]);
        }
    });
    return out;
}

} // namespace

at::Tensor scaledDotProductAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                                     const at::Tensor& mask) {
    return q.is_cpu() ? threadedAttention(q, k, v, scale, mask) : slicedAttention(q, k, v, scale, mask);
}

} // namespace ldm
