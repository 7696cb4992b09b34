#pragma once

#include <ldm/activation.h>
#include <ldm/autoencoder.h>
#include <ldm/weights.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ldm {

/// vae/config.json of an AutoencoderKL.
struct VaeConfig {
    int inChannels = 3;
    int outChannels = 3;
    int latentChannels = 4;
    int layersPerBlock = 1;
    std::vector<int> channels;
    int normGroups = 32;
    double scalingFactor = 0.18215;
    Activation activation = Activation::Silu;
    bool hasMomentsConv = true;  ///< a 1x1 convolution after the encoder ("use_quant_conv")
    bool hasLatentConv = true;   ///< and one before the decoder ("use_post_quant_conv")
    bool middleAttention = true; ///< the middle blocks attend
    int sampleSize = 0;          ///< pixels it was trained on; 0 if unknown

    static VaeConfig parse(const nlohmann::json& json, const std::string& file);
    /// Pixels per latent position: 2^(levels - 1).
    int scale() const { return 1 << (static_cast<int>(channels.size()) - 1); }
};

/// AutoencoderKL of diffusers.
class Vae final : public Autoencoder {
public:
    struct Posterior {
        at::Tensor mean;   ///< [N, latent, h, w]
        at::Tensor logVar; ///< clamped to [-30, 20]
    };

    Vae(VaeConfig config, WeightSource& weights);
    ~Vae() override;

    const VaeConfig& config() const;
    Posterior posterior(Arithmetic& arithmetic, const at::Tensor& image) const;
    at::Tensor encode(Arithmetic& arithmetic, const at::Tensor& image) const override;
    at::Tensor decode(Arithmetic& arithmetic, const at::Tensor& latent) const override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
