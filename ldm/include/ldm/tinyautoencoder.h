#pragma once

#include <ldm/activation.h>
#include <ldm/autoencoder.h>
#include <ldm/weights.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ldm {

/// vae/config.json of an AutoencoderTiny.
struct TinyConfig {
    int latentChannels = 4;
    int encoderChannels = 64;
    int decoderChannels = 64;
    std::vector<int> encoderBlocks; ///< blocks per level, from the image on; each level but the first halves
    std::vector<int> decoderBlocks; ///< blocks per level, from the latent on; each level but the last enlarges
    int enlargement = 2;            ///< of one level of the decoder
    Activation activation = Activation::Relu;
    double scalingFactor = 1;

    /// `file` names the source in messages. Throws BadInput.
    static TinyConfig parse(const nlohmann::json& json, const std::string& file);
};

/// AutoencoderTiny of diffusers (TAESD): plain convolutions, so it costs a fraction of an AutoencoderKL.
/// Source of the semantics: diffusers 0.27 `autoencoder_tiny.py`, `EncoderTiny` and `DecoderTiny` in `vae.py`.
class TinyAutoencoder final : public Autoencoder {
public:
    TinyAutoencoder(TinyConfig config, WeightSource& weights);
    ~TinyAutoencoder() override;

    const TinyConfig& config() const;
    at::Tensor encode(Arithmetic& arithmetic, const at::Tensor& image) const override;
    /// Latents beyond about 3 in magnitude are squeezed softly.
    at::Tensor decode(Arithmetic& arithmetic, const at::Tensor& latent) const override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
