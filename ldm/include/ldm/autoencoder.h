#pragma once

#include <ldm/arithmetic.h>
#include <ldm/checkpoint.h>

#include <memory>

namespace ldm {

/// What the rest of a pipeline must know about an autoencoder.
struct AutoencoderFacts {
    int latentChannels = 4;
    int scale = 8;            ///< pixels per latent position
    double scalingFactor = 1; ///< latents of the UNet = latents of the autoencoder * scalingFactor
    int sampleSize = 512;     ///< pixels it was trained on; 0 if unknown
    int widestChannels = 0;   ///< most that the decoder computes at full resolution
};

/// An autoencoder of either kind. Images are [N, 3, H, W] in [-1, 1].
class Autoencoder {
public:
    virtual ~Autoencoder() = default;
    const AutoencoderFacts& facts() const { return m_facts; }
    /// latent [N, latentChannels, h, w] as the network takes it, already unscaled; result not clamped.
    virtual at::Tensor decode(Arithmetic& arithmetic, const at::Tensor& latent) const = 0;
    /// The most likely latent, not scaled yet.
    virtual at::Tensor encode(Arithmetic& arithmetic, const at::Tensor& image) const = 0;

protected:
    explicit Autoencoder(AutoencoderFacts facts) : m_facts(facts) {}

private:
    AutoencoderFacts m_facts;
};

/// The network that `part.className` names: AutoencoderKL or AutoencoderTiny.
std::unique_ptr<Autoencoder> makeAutoencoder(const PartSource& part);

/// Decodes in overlapping tiles where a side exceeds `tilePixels`, blended linearly over a quarter of a tile, so that
/// memory does not grow with the picture. Smaller latents are decoded whole.
at::Tensor decodeTiled(const Autoencoder& autoencoder, Arithmetic& arithmetic, const at::Tensor& latent,
                       int tilePixels = 512);

} // namespace ldm
