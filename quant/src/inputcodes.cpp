#include "inputcodes.h"

#include "kernels.h"
#include "tensors.h"

#include <array>
#include <atomic>

namespace quant {

namespace {

/// Positions and channels that are transposed at once; their codes stay in the first-level cache.
constexpr std::int64_t kTile = 64;

bool encode(const float* x, std::uint8_t* codes, std::int64_t n, const ActivationScale& scale, CodeByte byte) {
    return kernels::byteCodes(x, codes, static_cast<std::size_t>(n), scale.scale, static_cast<float>(scale.zeroPoint),
                              static_cast<float>(scale.levels), static_cast<int>(byte));
}

/// `channels` rows of `positions` values each, of a sample with so many of both.
struct Tile {
    std::int64_t firstChannel = 0;
    std::int64_t channels = 0;
    std::int64_t firstPosition = 0;
    std::int64_t positions = 0;
};

bool encodeTile(const float* sample, std::uint8_t* codes, const Tile& tile, std::int64_t allChannels,
                std::int64_t allPositions, const ActivationScale& scale, CodeByte byte) {
    std::array<std::uint8_t, kTile * kTile> rows;
    bool numbers = true;
    for (std::int64_t c = 0; c < tile.channels; ++c)
        numbers &= encode(sample + (tile.firstChannel + c) * allPositions + tile.firstPosition, rows.data() + c * kTile,
                          tile.positions, scale, byte);
    for (std::int64_t p = 0; p < tile.positions; ++p) {
        std::uint8_t* out = codes + (tile.firstPosition + p) * allChannels + tile.firstChannel;
        for (std::int64_t c = 0; c < tile.channels; ++c) out[c] = rows[static_cast<std::size_t>(c * kTile + p)];
    }
    return numbers;
}

} // namespace

std::optional<at::Tensor> inputCodes(const at::Tensor& x, const ActivationScale& scale, CodeByte byte) {
    const at::Tensor values = x.contiguous();
    const at::Tensor codes = at::empty(x.sizes(), at::kByte);
    const float* in = values.data_ptr<float>();
    std::uint8_t* out = codes.data_ptr<std::uint8_t>();
    std::atomic<bool> numbers = true;
    inParallel(values.numel(), 1, [&](std::int64_t first, std::int64_t last) {
        if (!encode(in + first, out + first, last - first, scale, byte)) numbers = false;
    });
    return numbers ? std::optional(codes) : std::nullopt;
}

std::optional<at::Tensor> inputCodesByPosition(const at::Tensor& x, const ActivationScale& scale, CodeByte byte) {
    if (x.is_contiguous(at::MemoryFormat::ChannelsLast)) return inputCodes(x.permute({0, 2, 3, 1}), scale, byte);
    const at::Tensor values = x.contiguous();
    const std::int64_t channels = x.size(1), positions = x.size(2) * x.size(3);
    const at::Tensor codes = at::empty({x.size(0), x.size(2), x.size(3), channels}, at::kByte);
    const float* in = values.data_ptr<float>();
    std::uint8_t* out = codes.data_ptr<std::uint8_t>();
    const std::int64_t tilesEach = (positions + kTile - 1) / kTile;
    std::atomic<bool> numbers = true;
    inParallel(x.size(0) * tilesEach, channels * kTile, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            const std::int64_t sample = i / tilesEach * channels * positions;
            Tile tile;
            tile.firstPosition = i % tilesEach * kTile;
            tile.positions = std::min(kTile, positions - tile.firstPosition);
            for (tile.firstChannel = 0; tile.firstChannel < channels; tile.firstChannel += kTile) {
                tile.channels = std::min(kTile, channels - tile.firstChannel);
                if (!encodeTile(in + sample, out + sample, tile, channels, positions, scale, byte)) numbers = false;
            }
        }
    });
    return numbers ? std::optional(codes) : std::nullopt;
}

} // namespace quant
