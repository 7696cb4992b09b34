#include <quant/treatment.h>

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace quant {

namespace {

constexpr std::int64_t kOversampling = 8;
constexpr int kPowerIterations = 2;

at::Tensor orthonormal(const at::Tensor& columns) {
    return std::get<0>(at::linalg_qr(columns));
}

/// An orthonormal basis [out, width] of nearly the largest `width` directions of a matrix.
at::Tensor largestDirections(const at::Tensor& matrix, std::int64_t width, std::uint64_t seed) {
    const at::Tensor start = at::randn({matrix.size(1), width}, at::detail::createCPUGenerator(seed), at::kFloat);
    at::Tensor basis = orthonormal(at::matmul(matrix, start));
    for (int i = 0; i < kPowerIterations; ++i)
        basis = orthonormal(at::matmul(matrix, orthonormal(at::matmul(matrix.t(), basis))));
    return basis;
}

at::Tensor toHalf(const at::Tensor& values) {
    constexpr double kLargest = 65504;
    return at::clamp(values, -kLargest, kLargest).to(at::kHalf).contiguous();
}

} // namespace

at::Tensor LowRankFactors::product() const {
    const at::Tensor flat = at::matmul(left.to(at::kFloat), right.to(at::kFloat).flatten(1));
    std::vector<std::int64_t> shape = right.sizes().vec();
    shape.front() = left.size(0);
    return flat.view(shape);
}

LowRankFactors lowRankFactors(const at::Tensor& weight, int rank, std::uint64_t seed) {
    const at::Tensor matrix = weight.to(at::kCPU, at::kFloat).flatten(1).contiguous();
    const std::int64_t smaller = std::min(matrix.size(0), matrix.size(1));
    if (rank < 1 || rank >= smaller)
        throw ldm::badInput("a low rank of " + std::to_string(rank) + " does not fit a weight of " +
                            std::to_string(matrix.size(0)) + " x " + std::to_string(matrix.size(1)) + "; choose 1 to " +
                            std::to_string(smaller - 1) + ".");
    if (!at::isfinite(matrix).all().item<bool>())
        throw ldm::badInput("a weight is not a finite number; the checkpoint is damaged, replace it.");
    const at::Tensor basis = largestDirections(matrix, std::min(rank + kOversampling, smaller), seed);
    const auto [u, s, vh] = at::linalg_svd(at::matmul(basis.t(), matrix), false);
    const at::Tensor root = s.narrow(0, 0, rank).sqrt();
    std::vector<std::int64_t> shape = weight.sizes().vec();
    shape.front() = rank;
    return {toHalf(at::matmul(basis, u.narrow(1, 0, rank)) * root),
            toHalf(vh.narrow(0, 0, rank) * root.unsqueeze(1)).view(shape)};
}

} // namespace quant
