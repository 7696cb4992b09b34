#include <ldm/tinyautoencoder.h>

#include "configreading.h"
#include "modules.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace ldm {

namespace {

constexpr int kMostChannels = 16384;
constexpr double kLatentLimit = 3; // fixed in diffusers, whatever latent_magnitude says

/// AutoencoderTinyBlock: three convolutions around a shortcut.
class TinyBlock {
public:
    TinyBlock(NetworkBuilder& builder, const std::string& name, int channels, Activation activation)
        : m_name(builder.fullName(name)),
          m_activation(activation), m_convs{builder.conv(name + ".conv.0", channels, channels),
                                            builder.conv(name + ".conv.2", channels, channels),
                                            builder.conv(name + ".conv.4", channels, channels)} {}

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
        at::Tensor hidden = arithmetic.conv2d(*m_convs[0], x);
        activate(m_activation, hidden);
        hidden = arithmetic.conv2d(*m_convs[1], hidden);
        activate(m_activation, hidden);
        hidden = arithmetic.conv2d(*m_convs[2], hidden);
        at::relu_(hidden.add_(x)); // a ReLU whatever the configuration's activation is
        arithmetic.produced(m_name, hidden);
        return hidden;
    }

private:
    std::string m_name;
    Activation m_activation;
    std::vector<const Layer*> m_convs;
};

using Step = std::function<at::Tensor(Arithmetic&, const at::Tensor&)>;

/// The modules of encoder or decoder under their numbers in the file: activations and upsamplers count, too.
class Sequence {
public:
    Sequence(NetworkBuilder& builder, std::string name) : m_builder(builder), m_name(std::move(name)) {}

    void conv(int in, int out, ConvOptions options = {}) {
        const Layer* layer = m_builder.conv(next(), in, out, options);
        m_steps.emplace_back([layer](Arithmetic& arithmetic, const at::Tensor& x) {
            at::Tensor result = arithmetic.conv2d(*layer, x);
            arithmetic.produced(layer->name, result);
            return result;
        });
    }
    void blocks(int count, int channels, Activation activation) {
        for (int i = 0; i < count; ++i) m_steps.emplace_back(TinyBlock(m_builder, next(), channels, activation));
    }
    void activation(Activation activation) {
        step([activation](const at::Tensor& x) {
            at::Tensor result = x.clone(); // the convolution before has reported x
            activate(activation, result);
            return result;
        });
    }
    void enlarge(int factor) {
        step([factor](const at::Tensor& x) {
            return at::upsample_nearest2d(x, {x.size(2) * factor, x.size(3) * factor});
        });
    }
    std::vector<Step> steps() && { return std::move(m_steps); }

private:
    std::string next() { return m_name + ".layers." + std::to_string(m_steps.size()); }

    /// A module without weights.
    void step(std::function<at::Tensor(const at::Tensor&)> compute) {
        m_steps.emplace_back([compute = std::move(compute), name = m_builder.fullName(next())](Arithmetic& arithmetic,
                                                                                               const at::Tensor& x) {
            at::Tensor result = compute(x);
            arithmetic.produced(name, result);
            return result;
        });
    }

    NetworkBuilder& m_builder;
    std::string m_name;
    std::vector<Step> m_steps;
};

std::vector<Step> encoder(NetworkBuilder& builder, const TinyConfig& config) {
    Sequence sequence(builder, "encoder");
    const int channels = config.encoderChannels;
    for (std::size_t level = 0; level < config.encoderBlocks.size(); ++level) {
        if (level == 0)
            sequence.conv(3, channels);
        else
            sequence.conv(channels, channels, {.stride = 2, .bias = false});
        sequence.blocks(config.encoderBlocks[level], channels, config.activation);
    }
    sequence.conv(channels, config.latentChannels);
    return std::move(sequence).steps();
}

std::vector<Step> decoder(NetworkBuilder& builder, const TinyConfig& config) {
    Sequence sequence(builder, "decoder");
    const int channels = config.decoderChannels;
    sequence.conv(config.latentChannels, channels);
    sequence.activation(config.activation);
    for (std::size_t level = 0; level < config.decoderBlocks.size(); ++level) {
        const bool last = level + 1 == config.decoderBlocks.size();
        sequence.blocks(config.decoderBlocks[level], channels, config.activation);
        if (!last) sequence.enlarge(config.enlargement);
        sequence.conv(channels, last ? 3 : channels, {.bias = last});
    }
    return std::move(sequence).steps();
}

at::Tensor run(const std::vector<Step>& steps, Arithmetic& arithmetic, at::Tensor x) {
    for (const Step& step : steps) x = step(arithmetic, x);
    return x;
}

std::int64_t power(std::int64_t base, std::size_t exponent) {
    std::int64_t result = 1;
    while (exponent-- > 0) result *= base;
    return result;
}

AutoencoderFacts factsOf(const TinyConfig& config) {
    return {.latentChannels = config.latentChannels,
            .scale = static_cast<int>(power(2, config.encoderBlocks.size() - 1)),
            .scalingFactor = config.scalingFactor,
            .sampleSize = 0,
            .widestChannels = config.decoderChannels};
}

/// Blocks per level of one side, and its channels, which the network takes over from level to level unchanged.
int readSide(ConfigReader& reader, const std::string& side, std::vector<int> usual, std::vector<int>& blocks) {
    const std::string channelsKey = side + "_block_out_channels", blocksKey = "num_" + side + "_blocks";
    const std::vector<int> channels = reader.integers(channelsKey, std::vector<int>(4, 64), 1, kMostChannels);
    blocks = reader.integers(blocksKey, std::move(usual), 0, 64);
    if (channels.size() > 8) reader.refuse(channelsKey, "has more than 8 levels");
    if (blocks.size() != channels.size()) reader.refuse(blocksKey, "must have one entry per level of " + channelsKey);
    if (std::any_of(channels.begin(), channels.end(), [&](int n) { return n != channels.front(); }))
        reader.refuse(channelsKey, "must be the same at all levels");
    return channels.front();
}

} // namespace

TinyConfig TinyConfig::parse(const nlohmann::json& json, const std::string& file) {
    ConfigReader reader(json, file);
    reader.requireClass("AutoencoderTiny");
    TinyConfig config;
    reader.integer("in_channels", 3, 3, 3);
    reader.integer("out_channels", 3, 3, 3);
    config.latentChannels = reader.integer("latent_channels", 4, 1, kMostChannels);
    config.encoderChannels = readSide(reader, "encoder", {1, 3, 3, 3}, config.encoderBlocks);
    config.decoderChannels = readSide(reader, "decoder", {3, 3, 3, 1}, config.decoderBlocks);
    config.enlargement = reader.integer("upsampling_scaling_factor", 2, 1, 256);
    if (power(config.enlargement, config.decoderBlocks.size() - 1) != power(2, config.encoderBlocks.size() - 1))
        reader.refuse("upsampling_scaling_factor", "does not give the decoder the size that the encoder was given");
    config.activation = activationNamed(reader.oneOf("act_fn", "relu", {"relu", "silu", "swish", "gelu", "mish"}));
    config.scalingFactor = reader.number("scaling_factor", 1, 1e-6, 1e6);
    reader.only("shift_factor", {0}); // pipelines of these families leave it out
    reader.only("upsample_fn", {"nearest"});
    // Written by diffusers beside the decoder's channels; for storing latents as bytes; everything runs in float32.
    reader.ignore({"block_out_channels", "latent_magnitude", "latent_shift", "force_upcast"});
    reader.finish();
    return config;
}

struct TinyAutoencoder::Impl {
    TinyConfig config;
    NetworkParts parts;
    std::vector<Step> encoder;
    std::vector<Step> decoder;
};

TinyAutoencoder::TinyAutoencoder(TinyConfig config, WeightSource& weights)
    : Autoencoder(factsOf(config)), m_impl(std::make_unique<Impl>()) {
    m_impl->config = std::move(config);
    NetworkBuilder builder(weights, m_impl->parts);
    m_impl->encoder = ldm::encoder(builder, m_impl->config);
    m_impl->decoder = ldm::decoder(builder, m_impl->config);
    weights.finish();
}

TinyAutoencoder::~TinyAutoencoder() = default;

const TinyConfig& TinyAutoencoder::config() const {
    return m_impl->config;
}

at::Tensor TinyAutoencoder::encode(Arithmetic& arithmetic, const at::Tensor& image) const {
    return run(m_impl->encoder, arithmetic, (image + 1) / 2); // the network's images lie in [0, 1]
}

at::Tensor TinyAutoencoder::decode(Arithmetic& arithmetic, const at::Tensor& latent) const {
    const at::Tensor squeezed = at::tanh(latent / kLatentLimit) * kLatentLimit;
    return run(m_impl->decoder, arithmetic, squeezed) * 2 - 1;
}

} // namespace ldm
