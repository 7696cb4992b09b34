#include <ldm/autoencoder.h>

#include <ldm/error.h>
#include <ldm/tinyautoencoder.h>
#include <ldm/vae.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace ldm {

namespace {

/// One tile's part of an axis.
struct Span {
    std::int64_t start = 0; ///< in latent positions
    at::Tensor share;       ///< [pixels] of the tile in each pixel; those of all tiles add up to 1
};

/// 1 in the middle of a tile, falling linearly over `overlap` pixels towards a neighbouring tile.
at::Tensor weights(std::int64_t pixels, std::int64_t overlap, bool first, bool last) {
    const at::Tensor ramp = (at::arange(pixels, at::kDouble) + 0.5) / static_cast<double>(overlap);
    at::Tensor result = at::ones({pixels}, at::kDouble);
    if (!first) result = at::minimum(result, ramp);
    if (!last) result = at::minimum(result, ramp.flip(0));
    return result;
}

/// How an axis is cut into tiles that overlap.
struct Tiling {
    std::int64_t tile = 0; ///< positions of each
    std::vector<Span> spans;
};

/// As few tiles of at most `most` positions as cover `length`, as small as that many may be; neighbours share at least
/// `overlap` positions.
Tiling cut(std::int64_t length, std::int64_t most, std::int64_t overlap, std::int64_t scale) {
    if (length <= most) return {length, {{0, at::ones({length * scale})}}};
    const std::int64_t step = most - overlap;
    const std::int64_t gaps = (length - most + step - 1) / step;
    Tiling result{(length + gaps * overlap + gaps) / (gaps + 1), {}};
    const std::int64_t pixels = result.tile * scale;
    at::Tensor sum = at::zeros({length * scale}, at::kDouble);
    for (std::int64_t i = 0; i <= gaps; ++i) {
        const std::int64_t start = i * (length - result.tile) / gaps;
        result.spans.push_back({start, weights(pixels, overlap * scale, i == 0, i == gaps)});
        sum.narrow(0, start * scale, pixels).add_(result.spans.back().share);
    }
    for (Span& span : result.spans)
        span.share = (span.share / sum.narrow(0, span.start * scale, pixels)).to(at::kFloat);
    return result;
}

} // namespace

std::unique_ptr<Autoencoder> makeAutoencoder(const PartSource& part) {
    WeightSource weights(part.name, part.tensors);
    if (part.className == "AutoencoderKL")
        return std::make_unique<Vae>(VaeConfig::parse(part.config, part.configName), weights);
    if (part.className == "AutoencoderTiny")
        return std::make_unique<TinyAutoencoder>(TinyConfig::parse(part.config, part.configName), weights);
    throw badInput(part.configName + ": " + inQuotes(part.className) +
                   " is an autoencoder that this version does not compute, which knows AutoencoderKL and "
                   "AutoencoderTiny; use a model with one of these.");
}

at::Tensor decodeTiled(const Autoencoder& autoencoder, Arithmetic& arithmetic, const at::Tensor& latent,
                       int tilePixels) {
    const std::int64_t scale = autoencoder.facts().scale;
    const std::int64_t most = std::max<std::int64_t>(tilePixels / scale, 4), overlap = most / 4;
    const std::int64_t height = latent.size(2), width = latent.size(3);
    if (height <= most && width <= most) return autoencoder.decode(arithmetic, latent);

    at::Tensor picture = at::zeros({latent.size(0), 3, height * scale, width * scale}, latent.options());
    const Tiling rows = cut(height, most, overlap, scale), columns = cut(width, most, overlap, scale);
    for (const Span& row : rows.spans) {
        for (const Span& column : columns.spans) {
            const at::Tensor part = latent.narrow(2, row.start, rows.tile).narrow(3, column.start, columns.tile);
            at::Tensor pixels = autoencoder.decode(arithmetic, part.contiguous());
            pixels = pixels * at::outer(row.share, column.share).to(latent.device());
            picture.narrow(2, row.start * scale, pixels.size(2))
                .narrow(3, column.start * scale, pixels.size(3))
                .add_(pixels);
        }
    }
    return picture;
}

} // namespace ldm
