#pragma once

#include <ldm/arithmetic.h>
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
    int sampleSize = 512;

    static VaeConfig parse(const nlohmann::json& json, const std::string& file);
    /// Pixels per latent position: 2^(levels - 1).
    int scale() const { return 1 << (static_cast<int>(channels.size()) - 1); }
};

/// AutoencoderKL of diffusers.
class Vae {
public:
    struct Posterior {
        at::Tensor mean;   ///< [N, latent, h, w]
        at::Tensor logVar; ///< clamped to [-30, 20]
    };

    Vae(VaeConfig config, WeightSource& weights);
    ~Vae();
    Vae(Vae&&) noexcept;

    const VaeConfig& config() const;
    /// image [N, 3, H, W] in [-1, 1].
    Posterior encode(Arithmetic& arithmetic, const at::Tensor& image) const;
    /// latent [N, latent, h, w], already divided by the scaling factor; result [N, 3, H, W], not clamped.
    at::Tensor decode(Arithmetic& arithmetic, const at::Tensor& latent) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
