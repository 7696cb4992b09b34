#include "attention.h"
#include "configreading.h"
#include "modules.h"
#include "transformer.h"

#include <ldm/vae.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace ldm {

namespace {

constexpr double kNormEps = 1e-6;
constexpr int kMostChannels = 16384;

void readBlockTypes(ConfigReader& reader, const std::string& key, const std::string& type, std::size_t levels) {
    const std::vector<std::string> types = reader.texts(key, std::vector<std::string>(levels, type));
    const auto known = [&](const std::string& name) { return name == type; };
    if (types.size() != levels || !std::all_of(types.begin(), types.end(), known))
        reader.refuse(key, "must name " + type + " once per level; this version computes no other");
}

/// Attention of the middle block: one head over all positions, around a shortcut.
class MiddleAttention {
public:
    MiddleAttention(NetworkBuilder& builder, const std::string& name, int channels, int groups)
        : m_name(builder.fullName(name)), m_norm(builder.groupNorm(name + ".group_norm", channels, groups, kNormEps)) {
        const bool old = builder.has(name + ".query.weight"); // names of diffusers before 0.18
        const auto linear = [&](const char* now, const char* then) {
            return builder.linear(name + "." + (old ? then : now), channels, channels);
        };
        m_query = linear("to_q", "query");
        m_key = linear("to_k", "key");
        m_value = linear("to_v", "value");
        m_out = linear("to_out.0", "proj_attn");
    }

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
        const at::Tensor tokens = m_norm(x).flatten(2).transpose(1, 2).contiguous();
        const auto project = [&](const Layer* layer) { return splitHeads(arithmetic.linear(*layer, tokens), 1); };
        const double scale = 1 / std::sqrt(static_cast<double>(tokens.size(2)));
        const at::Tensor attended =
            arithmetic.attention(project(m_query), project(m_key), project(m_value), scale, at::Tensor());
        at::Tensor result = x + arithmetic.linear(*m_out, mergeHeads(attended)).transpose(1, 2).reshape(x.sizes());
        arithmetic.produced(m_name, result);
        return result;
    }

private:
    std::string m_name;
    GroupNorm m_norm;
    const Layer* m_query;
    const Layer* m_key;
    const Layer* m_value;
    const Layer* m_out;
};

/// Resnets at one resolution and the sampler that leaves it: a down block of the encoder, an up block of the decoder.
struct Block {
    std::string name;
    std::vector<ResnetBlock> resnets;
    std::optional<Downsampler> down;
    std::optional<Upsampler> up;

    at::Tensor operator()(Arithmetic& arithmetic, at::Tensor x) const {
        for (const ResnetBlock& resnet : resnets) x = resnet(arithmetic, x);
        if (down) x = (*down)(arithmetic, x);
        if (up) x = (*up)(arithmetic, x, x.size(2) * 2, x.size(3) * 2);
        arithmetic.produced(name, x);
        return x;
    }
};

ResnetBlock resnet(NetworkBuilder& builder, const VaeConfig& config, const std::string& name, int in, int out) {
    return ResnetBlock(builder, name,
                       {.in = in,
                        .out = out,
                        .timeChannels = 0,
                        .groups = config.normGroups,
                        .eps = kNormEps,
                        .activation = config.activation});
}

struct Middle {
    std::string name;
    ResnetBlock first;
    std::optional<MiddleAttention> attention;
    ResnetBlock second;

    Middle(NetworkBuilder& builder, const VaeConfig& config, const std::string& path)
        : name(builder.fullName(path)),
          first(resnet(builder, config, path + ".resnets.0", config.channels.back(), config.channels.back())),
          attention(attending(builder, config, path + ".attentions.0")),
          second(resnet(builder, config, path + ".resnets.1", config.channels.back(), config.channels.back())) {}

    static std::optional<MiddleAttention> attending(NetworkBuilder& builder, const VaeConfig& config,
                                                    const std::string& path) {
        if (!config.middleAttention) return std::nullopt;
        return MiddleAttention(builder, path, config.channels.back(), config.normGroups);
    }

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
        at::Tensor result = first(arithmetic, x);
        if (attention) result = (*attention)(arithmetic, result);
        result = second(arithmetic, result);
        arithmetic.produced(name, result);
        return result;
    }
};

at::Tensor reported(Arithmetic& arithmetic, const Layer* conv, const at::Tensor& x) {
    at::Tensor result = arithmetic.conv2d(*conv, x);
    arithmetic.produced(conv->name, result);
    return result;
}

/// The norm, activation and convolution that end encoder and decoder.
struct Ending {
    std::string normName;
    GroupNorm norm;
    Activation activation;
    const Layer* conv;

    Ending(NetworkBuilder& builder, const VaeConfig& config, const std::string& coder, int in, int out)
        : normName(builder.fullName(coder + ".conv_norm_out")),
          norm(builder.groupNorm(coder + ".conv_norm_out", in, config.normGroups, kNormEps)),
          activation(config.activation), conv(builder.conv(coder + ".conv_out", in, out)) {}

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& x) const {
        at::Tensor hidden = norm(x);
        arithmetic.produced(normName, hidden);
        hidden = hidden.clone(); // as it stands it has been reported
        activate(activation, hidden);
        return reported(arithmetic, conv, hidden);
    }
};

struct Encoder {
    const Layer* in;
    std::vector<Block> blocks;
    Middle middle;
    Ending ending;

    Encoder(NetworkBuilder& builder, const VaeConfig& config)
        : in(builder.conv("encoder.conv_in", config.inChannels, config.channels.front())),
          blocks(downBlocks(builder, config)), middle(builder, config, "encoder.mid_block"),
          ending(builder, config, "encoder", config.channels.back(), 2 * config.latentChannels) {}

    static std::vector<Block> downBlocks(NetworkBuilder& builder, const VaeConfig& config) {
        std::vector<Block> blocks;
        int channels = config.channels.front();
        for (std::size_t level = 0; level < config.channels.size(); ++level) {
            const std::string name = "encoder.down_blocks." + std::to_string(level);
            Block block{builder.fullName(name), {}, {}, {}};
            for (int i = 0; i < config.layersPerBlock; ++i) {
                block.resnets.push_back(
                    resnet(builder, config, name + ".resnets." + std::to_string(i), channels, config.channels[level]));
                channels = config.channels[level];
            }
            if (level + 1 < config.channels.size())
                block.down.emplace(builder, name + ".downsamplers.0", channels, Downsampler::Padding::BelowAndRight);
            blocks.push_back(std::move(block));
        }
        return blocks;
    }

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& image) const {
        at::Tensor x = reported(arithmetic, in, image);
        for (const Block& block : blocks) x = block(arithmetic, std::move(x));
        return ending(arithmetic, middle(arithmetic, x));
    }
};

struct Decoder {
    const Layer* in;
    Middle middle;
    std::vector<Block> blocks;
    Ending ending;

    Decoder(NetworkBuilder& builder, const VaeConfig& config)
        : in(builder.conv("decoder.conv_in", config.latentChannels, config.channels.back())),
          middle(builder, config, "decoder.mid_block"), blocks(upBlocks(builder, config)),
          ending(builder, config, "decoder", config.channels.front(), config.outChannels) {}

    static std::vector<Block> upBlocks(NetworkBuilder& builder, const VaeConfig& config) {
        std::vector<Block> blocks;
        int channels = config.channels.back();
        for (std::size_t index = 0; index < config.channels.size(); ++index) {
            const int out = config.channels[config.channels.size() - 1 - index];
            const std::string name = "decoder.up_blocks." + std::to_string(index);
            Block block{builder.fullName(name), {}, {}, {}};
            for (int i = 0; i <= config.layersPerBlock; ++i) {
                block.resnets.push_back(resnet(builder, config, name + ".resnets." + std::to_string(i), channels, out));
                channels = out;
            }
            if (index + 1 < config.channels.size()) block.up.emplace(builder, name + ".upsamplers.0", channels);
            blocks.push_back(std::move(block));
        }
        return blocks;
    }

    at::Tensor operator()(Arithmetic& arithmetic, const at::Tensor& latent) const {
        at::Tensor x = middle(arithmetic, reported(arithmetic, in, latent));
        for (const Block& block : blocks) x = block(arithmetic, std::move(x));
        return ending(arithmetic, x);
    }
};

AutoencoderFacts factsOf(const VaeConfig& config) {
    return {.latentChannels = config.latentChannels,
            .scale = config.scale(),
            .scalingFactor = config.scalingFactor,
            .sampleSize = config.sampleSize,
            // The last level begins with the channels of the one before.
            .widestChannels = std::max(config.channels.front(), config.channels[config.channels.size() > 1 ? 1 : 0])};
}

} // namespace

VaeConfig VaeConfig::parse(const nlohmann::json& json, const std::string& file) {
    ConfigReader reader(json, file);
    reader.requireClass("AutoencoderKL");
    VaeConfig config;
    config.inChannels = reader.integer("in_channels", 3, 3, 3);
    config.outChannels = reader.integer("out_channels", 3, 3, 3);
    config.latentChannels = reader.integer("latent_channels", 4, 1, kMostChannels);
    config.layersPerBlock = reader.integer("layers_per_block", 1, 1, 64);
    config.channels = reader.integers("block_out_channels", {64}, 1, kMostChannels);
    if (config.channels.size() > 8) reader.refuse("block_out_channels", "has more than 8 levels");
    readBlockTypes(reader, "down_block_types", "DownEncoderBlock2D", config.channels.size());
    readBlockTypes(reader, "up_block_types", "UpDecoderBlock2D", config.channels.size());
    config.normGroups = reader.integer("norm_num_groups", 32, 1, kMostChannels);
    for (const int channels : config.channels)
        if (channels % config.normGroups != 0)
            reader.refuse("norm_num_groups", "must divide every number in \"block_out_channels\"");
    config.scalingFactor = reader.number("scaling_factor", 0.18215, 1e-6, 1e6);
    // Height and width where there are two; the first counts, as in diffusers.
    if (reader.has("sample_size")) config.sampleSize = reader.integers("sample_size", {}, 1, 1 << 16, 2).front();
    config.activation = activationNamed(reader.oneOf("act_fn", "silu", {"silu", "swish", "gelu", "mish", "relu"}));
    reader.only("latents_mean", {});
    reader.only("latents_std", {});
    reader.only("shift_factor", {0}); // pipelines of these families leave it out
    config.hasMomentsConv = reader.boolean("use_quant_conv", true);
    config.hasLatentConv = reader.boolean("use_post_quant_conv", true);
    config.middleAttention = reader.boolean("mid_block_add_attention", true);
    reader.ignore({"force_upcast"}); // everything runs in float32
    reader.finish();
    return config;
}

struct Vae::Impl {
    VaeConfig config;
    NetworkParts parts;
    NetworkBuilder builder;
    Encoder encoder;
    const Layer* momentsConv; ///< null where there is none
    const Layer* latentConv;  ///< likewise
    Decoder decoder;

    Impl(VaeConfig given, WeightSource& weights)
        : config(std::move(given)), builder(weights, parts), encoder(builder, config),
          momentsConv(pointwise("quant_conv", 2 * config.latentChannels, config.hasMomentsConv)),
          latentConv(pointwise("post_quant_conv", config.latentChannels, config.hasLatentConv)),
          decoder(builder, config) {}

    const Layer* pointwise(const std::string& name, int channels, bool there) {
        return there ? builder.conv(name, channels, channels, {.kernel = 1, .padding = 0}) : nullptr;
    }
};

Vae::Vae(VaeConfig config, WeightSource& weights)
    : Autoencoder(factsOf(config)), m_impl(std::make_unique<Impl>(std::move(config), weights)) {
    weights.finish();
}

Vae::~Vae() = default;

const VaeConfig& Vae::config() const {
    return m_impl->config;
}

Vae::Posterior Vae::posterior(Arithmetic& arithmetic, const at::Tensor& image) const {
    at::Tensor moments = m_impl->encoder(arithmetic, image);
    if (m_impl->momentsConv) moments = reported(arithmetic, m_impl->momentsConv, moments);
    const auto halves = moments.chunk(2, 1);
    return {halves[0], halves[1].clamp(-30, 20)};
}

at::Tensor Vae::encode(Arithmetic& arithmetic, const at::Tensor& image) const {
    return posterior(arithmetic, image).mean;
}

at::Tensor Vae::decode(Arithmetic& arithmetic, const at::Tensor& latent) const {
    const Layer* conv = m_impl->latentConv;
    return m_impl->decoder(arithmetic, conv ? reported(arithmetic, conv, latent) : latent);
}

} // namespace ldm
