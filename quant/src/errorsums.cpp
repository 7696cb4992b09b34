#include <quant/quantize.h>

#include "kernels.h"
#include "tensors.h"

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace quant {

namespace {

constexpr auto kSumBlock = static_cast<std::int64_t>(kernels::kSumBlock);

using BlockList = std::vector<kernels::BlockSums>;

BlockList blocksOf(std::int64_t elements) {
    return BlockList(static_cast<std::size_t>((elements + kSumBlock - 1) / kSumBlock));
}

/// In their order, whoever has computed them.
ErrorSums total(const BlockList& blocks) {
    ErrorSums sums;
    for (const auto& block : blocks) sums += {block.signal, block.error};
    return sums;
}

/// Rounds weights of a format with scales and compares them, in one pass over memory: rows that fill whole blocks
/// together are still in the cache when their scales are known, and what they are rounded to is never written there.
class WeightErrors {
public:
    WeightErrors(const at::Tensor& weight, WeightFormat format)
        : m_weight(plainFloats(weight)), m_values(m_weight.data_ptr<float>()), m_rows(weight.size(0)),
          m_width(weight.numel() / m_rows), m_group(*scaleGroup(format) > 0 ? *scaleGroup(format) : m_width),
          m_groupsOfRow((m_width + m_group - 1) / m_group), m_isFloat(format == WeightFormat::Fp8E4M3),
          m_limit(codeLimit(format)), m_blocks(blocksOf(weight.numel())) {}

    ErrorSums sums() {
        const std::int64_t rows = kSumBlock / std::gcd(m_width, kSumBlock);
        inParallel((m_rows + rows - 1) / rows, rows * m_width, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t part = first; part < last; ++part)
                measure(part * rows, std::min((part + 1) * rows, m_rows));
        });
        if (!m_isFinite) throw ldm::badInput(kWeightNotFinite);
        return total(m_blocks);
    }

private:
    /// Consecutive elements that share a scale.
    struct Group {
        std::int64_t end = 0;
        float scale = 0;
    };
    using Groups = std::vector<Group>;

    void measure(std::int64_t firstRow, std::int64_t lastRow);
    Groups groupsOf(std::int64_t firstRow, std::int64_t lastRow);
    kernels::BlockSums errorsOf(std::int64_t begin, std::int64_t end, const Group* group) const;
    void quantize(const float* in, float* out, std::int64_t count, float scale) const;

    at::Tensor m_weight;
    const float* m_values;
    std::int64_t m_rows;
    std::int64_t m_width;
    std::int64_t m_group; ///< elements
    std::int64_t m_groupsOfRow;
    bool m_isFloat;
    float m_limit;
    BlockList m_blocks;
    std::atomic<bool> m_isFinite = true;
};

WeightErrors::Groups WeightErrors::groupsOf(std::int64_t firstRow, std::int64_t lastRow) {
    Groups groups;
    groups.reserve(static_cast<std::size_t>((lastRow - firstRow) * m_groupsOfRow));
    for (std::int64_t row = firstRow; row < lastRow; ++row)
        for (std::int64_t first = 0; first < m_width; first += m_group) {
            const std::int64_t begin = row * m_width + first;
            const std::int64_t count = std::min(m_group, m_width - first);
            const auto range = kernels::minMax(m_values + begin, static_cast<std::size_t>(count));
            if (!range.finite) m_isFinite = false;
            groups.push_back({begin + count, std::max(-range.lo, range.hi) / m_limit});
        }
    return groups;
}

void WeightErrors::measure(std::int64_t firstRow, std::int64_t lastRow) {
    const Groups groups = groupsOf(firstRow, lastRow);
    const Group* group = groups.data();
    const std::int64_t end = lastRow * m_width;
    for (std::int64_t begin = firstRow * m_width; begin < end; begin += kSumBlock) {
        while (group->end <= begin) ++group;
        m_blocks[static_cast<std::size_t>(begin / kSumBlock)] =
            errorsOf(begin, std::min(begin + kSumBlock, end), group);
    }
}

/// Of one block, which begins in `group`.
kernels::BlockSums WeightErrors::errorsOf(std::int64_t begin, std::int64_t end, const Group* group) const {
    const auto count = static_cast<std::size_t>(end - begin);
    if (group->end >= end && group->scale > 0 && !m_isFloat)
        return kernels::integerErrors(m_values + begin, count, group->scale, -m_limit, m_limit);
    std::array<float, kernels::kSumBlock> quantized;
    for (std::int64_t first = begin; first < end; ++group) {
        const std::int64_t last = std::min(group->end, end);
        quantize(m_values + first, quantized.data() + (first - begin), last - first, group->scale);
        first = last;
    }
    return kernels::errorSums(m_values + begin, quantized.data(), count);
}

void WeightErrors::quantize(const float* in, float* out, std::int64_t count, float scale) const {
    const auto n = static_cast<std::size_t>(count);
    if (!(scale > 0))
        std::fill_n(out, count, 0.0F);
    else if (m_isFloat)
        kernels::quantizeE4M3(in, out, n, scale, m_limit);
    else
        kernels::quantizeInteger(in, out, n, scale, -m_limit, m_limit);
}

} // namespace

ErrorSums& ErrorSums::operator+=(const ErrorSums& other) {
    signal += other.signal;
    error += other.error;
    return *this;
}

double ErrorSums::db() const {
    if (!std::isfinite(signal) || !std::isfinite(error)) return std::numeric_limits<double>::quiet_NaN();
    if (error == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / error);
}

ErrorSums errorSums(const at::Tensor& y, const at::Tensor& yq) {
    const at::Tensor a = plainFloats(y);
    const at::Tensor b = plainFloats(yq);
    const std::int64_t n = a.numel();
    if (b.sizes() != a.sizes())
        throw ldm::Error(ldm::ErrorKind::Failed,
                         "two tensors of different shape were compared; this is a fault of the program.");
    BlockList blocks = blocksOf(n);
    inParallel(static_cast<std::int64_t>(blocks.size()), kSumBlock, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t block = first; block < last; ++block) {
            const std::int64_t begin = block * kSumBlock;
            blocks[static_cast<std::size_t>(block)] =
                kernels::errorSums(a.data_ptr<float>() + begin, b.data_ptr<float>() + begin,
                                   static_cast<std::size_t>(std::min(kSumBlock, n - begin)));
        }
    });
    return total(blocks);
}

ErrorSums weightErrors(const at::Tensor& weight, WeightFormat format) {
    const bool hasScales = scaleGroup(format).has_value();
    if (!hasScales || weight.dim() == 0 || weight.numel() == 0)
        return errorSums(weight, quantizedWeights(weight, format));
    return WeightErrors(weight, format).sums();
}

} // namespace quant
