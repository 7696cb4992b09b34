#include "ggufweights.h"

#include <quant/ggml.h>

#include <ldm/error.h>

#include <ATen/ATen.h>

namespace quant {

namespace {

/// One scale per block, float32 [blocks].
at::Tensor scaleOfEachBlock(const IntegerWeights& weights, std::int64_t group) {
    constexpr std::int64_t kBlock = ldm::ggml::kSmall;
    const std::int64_t rows = weights.codes.size(0);
    const std::int64_t blocks = weights.codes.size(1) / kBlock; // of a row
    const std::int64_t repeats = group > 0 ? group / kBlock : blocks;
    // The last group of a row may be shorter.
    return weights.scale.reshape({rows, -1}).repeat_interleave(repeats, 1).narrow(1, 0, blocks).reshape(-1);
}

/// Blocks that hold nothing but zeros although their source does.
std::int64_t flushedBlocks(const at::Tensor& source, const at::Tensor& blocks, WeightFormat format) {
    const auto elements = static_cast<std::int64_t>(ggmlType(format).elements);
    const std::vector<std::int64_t> byBlock{source.numel() / elements, elements};
    const at::Tensor isThere = source.reshape(byBlock).ne(0).any(1);
    const at::Tensor isKept = decodedBlocks(blocks, format, byBlock).ne(0).any(1);
    return (isThere & isKept.logical_not()).sum().item<std::int64_t>();
}

GgufBlocks encoded(const ExportJob& job, int layer, WeightFormat blocks) {
    at::Tensor source;
    at::Tensor bytes;
    if (const std::optional<IntegerWeights> integers = job.codesOf(layer)) {
        source = integers->codes;
        bytes = blocksOfIntegers(*integers, *scaleGroup(job.formatOf(layer).weights), blocks);
    } else {
        source = job.sourceWeight(layer);
        bytes = encodedBlocks(source, blocks);
    }
    return {bytes, flushedBlocks(source, bytes, blocks)};
}

} // namespace

at::Tensor blocksOfIntegers(const IntegerWeights& weights, std::int64_t group, WeightFormat blocks) {
    const at::Tensor codes = weights.codes.reshape({-1, ldm::ggml::kSmall});
    const at::Tensor halves = scaleOfEachBlock(weights, group).to(at::kHalf).reshape({-1, 1});
    if (!halves.isfinite().all().item<bool>())
        throw ldm::badInput("a scale is above 65504, which blocks cannot hold; give this layer another format.");
    if (blocks == WeightFormat::Q8_0)
        return at::cat({halves.view(at::kByte), codes.contiguous().view(at::kByte)}, 1).flatten();
    const std::vector<at::Tensor> sides = codes.add(8).to(at::kByte).chunk(2, 1);
    return at::cat({halves.view(at::kByte), sides[0].bitwise_or(sides[1].mul(16))}, 1).flatten();
}

GgufBlocks ggufBlocks(const ExportJob& job, int layer, WeightFormat blocks) {
    try {
        return encoded(job, layer, blocks);
    } catch (const ldm::Error& error) {
        const std::string& name = job.model().layers.at(static_cast<std::size_t>(layer)).name;
        const std::string said = error.what();
        throw ldm::Error(error.kind(), said.find(name) == std::string::npos ? "'" + name + "': " + said : said);
    }
}

} // namespace quant
