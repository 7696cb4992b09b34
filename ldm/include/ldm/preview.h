#pragma once

#include <ldm/autoencoder.h>
#include <ldm/image.h>

namespace ldm {

/// A linear approximation of an autoencoder's decoder: red, green and blue of a latent position, averaged over its
/// pixels, as an affine function of the latent's channels. Costs nothing beside a UNet run.
class LatentPreview {
public:
    /// Fits the coefficients by least squares to what the decoder makes of seeded smooth random latents. Costs a
    /// quarter of decoding a picture of 512x512 pixels.
    static LatentPreview fit(const Autoencoder& autoencoder, FloatArithmetic& arithmetic);

    /// latent [1, C, h, w] in the UNet's scaling; one pixel per position.
    Image of(const at::Tensor& latent) const;

private:
    at::Tensor m_colours; ///< [3, C]
    at::Tensor m_offset;  ///< [3]
};

} // namespace ldm
