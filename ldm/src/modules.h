#pragma once

#include <ldm/activation.h>
#include <ldm/arithmetic.h>
#include <ldm/model.h>
#include <ldm/weights.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace ldm {

/// Group normalization of [N, C, H, W].
struct GroupNorm {
    at::Tensor weight;
    at::Tensor bias;
    int groups = 1;
    double eps = 1e-5;
    at::Tensor operator()(const at::Tensor& x) const;
};

/// Normalization over the last dimension.
struct LayerNorm {
    at::Tensor weight;
    at::Tensor bias;
    double eps = 1e-5;
    at::Tensor operator()(const at::Tensor& x) const;
};

struct LinearOptions {
    bool bias = true;
    Domain domain = Domain::Image;
    bool ofTimestepAlone = false; ///< as LayerInfo says
};

struct ConvOptions {
    int kernel = 3;
    int stride = 1;
    int padding = 1;
    bool bias = true;
    int skipStart = 0; ///< as LayerInfo says
};

/// What a network is made of. Modules point into `layers`, so it must not move while they live.
struct NetworkParts {
    std::deque<Layer> layers;     ///< by id
    std::vector<LayerInfo> infos; ///< by id
    std::vector<BlockInfo> blocks;
};

/// Takes a network's parameters out of its file in order of execution, and numbers and describes its layers.
class NetworkBuilder {
public:
    NetworkBuilder(WeightSource& weights, NetworkParts& parts) : m_weights(weights), m_parts(parts) {}

    /// What follows belongs to this block; `downscale` is that of its feature maps against the latent.
    void beginBlock(const std::string& name, int downscale);
    void setDownscale(int downscale) { m_downscale = downscale; }

    /// "unet." + name: the name that people and recipes see.
    std::string fullName(const std::string& name) const { return m_weights.part() + "." + name; }
    bool has(const std::string& name) const { return m_weights.has(name); }

    const Layer* linear(const std::string& name, int in, int out, LinearOptions options = {});
    const Layer* conv(const std::string& name, int in, int out, ConvOptions options = {});
    GroupNorm groupNorm(const std::string& name, int channels, int groups, double eps);
    LayerNorm layerNorm(const std::string& name, int channels, double eps);
    /// A parameter to be read when it is needed; undefined where it is missing.
    StoredTensor parameter(const std::string& name, const std::vector<std::int64_t>& shape);

private:
    const Layer* add(Layer layer, const std::string& name, const std::vector<std::int64_t>& shape, bool bias,
                     LayerInfo info);
    at::Tensor floats(const std::string& name, int size);

    WeightSource& m_weights;
    NetworkParts& m_parts;
    int m_downscale = 1;
};

/// ResnetBlock2D of diffusers: norm, activation, convolution, twice, around a shortcut; the time embedding is added
/// between.
class ResnetBlock {
public:
    struct Shape {
        int in = 0;
        int skipStart = 0; ///< channels of `in` before those of a skip; 0 where it has none
        int out = 0;
        int timeChannels = 0;         ///< 0: no time embedding, as in the VAE
        bool ofTimestepAlone = false; ///< the time embedding tells nothing but the timestep
        int groups = 32;
        double eps = 1e-5;
        Activation activation = Activation::Silu;
        double scale = 1; ///< that the output is divided by
    };
    ResnetBlock(NetworkBuilder& builder, const std::string& name, const Shape& shape);

    /// x [N, in, H, W], timeEmbedding [N, timeChannels] or undefined; returns [N, out, H, W].
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, const at::Tensor& timeEmbedding = {}) const;

private:
    std::string m_name;
    Activation m_activation;
    double m_scale;
    GroupNorm m_norm1;
    const Layer* m_conv1;
    const Layer* m_timeProjection = nullptr;
    GroupNorm m_norm2;
    const Layer* m_conv2;
    const Layer* m_shortcut = nullptr;
};

/// Upsample2D: nearest neighbours to a given size, then a 3x3 convolution.
class Upsampler {
public:
    Upsampler(NetworkBuilder& builder, const std::string& name, int channels);
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x, std::int64_t height, std::int64_t width) const;

private:
    std::string m_name;
    const Layer* m_conv;
};

/// Downsample2D: a 3x3 convolution of stride 2. The VAE pads only below and to the right, the UNet on all sides.
class Downsampler {
public:
    enum class Padding { Around, BelowAndRight };
    Downsampler(NetworkBuilder& builder, const std::string& name, int channels, Padding padding);
    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const;

private:
    std::string m_name;
    Padding m_padding;
    const Layer* m_conv;
};

} // namespace ldm
