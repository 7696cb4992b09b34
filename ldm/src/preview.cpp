#include <ldm/preview.h>

#include "pixels.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

namespace ldm {

namespace {

constexpr std::uint64_t kSeed = 20221;
// Many small latents: between channels that change a colour together only variety tells.
constexpr std::int64_t kSize = 8; ///< positions
constexpr std::int64_t kSamples = 16;

/// Latents [kSamples, C, kSize, kSize] of about unit variance, as the UNet sees them: like those of pictures, of
/// large areas with some detail in them.
at::Tensor smoothLatents(std::int64_t channels) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
    at::Tensor sum = at::zeros({kSamples, channels, kSize, kSize});
    double variance = 0;
    for (std::int64_t cells = 2; cells <= kSize; cells *= 2) {
        const at::Tensor coarse = at::randn({kSamples, channels, cells, cells}, generator, at::kFloat);
        const double share = 1.0 / static_cast<double>(cells);
        sum.add_(at::upsample_nearest2d(coarse, {kSize, kSize}), share);
        variance += share * share;
    }
    return sum / std::sqrt(variance);
}

/// [N, C, h, w] -> [N * h * w, C] in double.
at::Tensor positions(const at::Tensor& maps) {
    return maps.permute({0, 2, 3, 1}).reshape({-1, maps.size(1)}).to(at::kCPU, at::kDouble);
}

} // namespace

LatentPreview LatentPreview::fit(const Autoencoder& autoencoder, FloatArithmetic& arithmetic) {
    const at::NoGradGuard noGrad;
    const AutoencoderFacts& facts = autoencoder.facts();
    const at::Tensor latents = smoothLatents(facts.latentChannels);
    const at::Tensor unscaled = latents / facts.scalingFactor;
    const at::Tensor decoded = autoencoder.decode(arithmetic, unscaled.to(arithmetic.device()));
    const at::Tensor colours = positions(at::avg_pool2d(decoded, {facts.scale, facts.scale}));

    const at::Tensor inputs = positions(latents);
    const at::Tensor known = at::cat({inputs, at::ones({inputs.size(0), 1}, at::kDouble)}, 1);
    const at::Tensor solution = at::matmul(at::linalg_pinv(known), colours).to(at::kFloat); // [C + 1, 3]

    LatentPreview preview;
    preview.m_colours = solution.narrow(0, 0, facts.latentChannels).t().contiguous();
    preview.m_offset = solution[facts.latentChannels].contiguous();
    return preview;
}

Image LatentPreview::of(const at::Tensor& latent) const {
    const at::NoGradGuard noGrad;
    const at::Tensor channels = latent[0].to(at::kCPU, at::kFloat).flatten(1);
    const at::Tensor colours = at::addmm(m_offset.unsqueeze(1), m_colours, channels);
    return imageOf(colours.view({3, latent.size(2), latent.size(3)}));
}

} // namespace ldm
