#include "configreading.h"

#include <ldm/unet.h>

#include <algorithm>
#include <set>

namespace ldm {

using nlohmann::json;

namespace {

constexpr int kMostChannels = 16384;
constexpr int kMostLayers = 64;

bool attends(const std::string& blockType) {
    return blockType.starts_with("CrossAttn");
}

/// The types of all levels, which must be one of two.
std::vector<std::string> readTypes(ConfigReader& reader, const std::string& key, std::vector<std::string> fallback,
                                   std::size_t levels) {
    std::vector<std::string> types = reader.texts(key, fallback);
    if (types.size() != levels) reader.refuse(key, "must name one block per level");
    const std::set<std::string> known(fallback.begin(), fallback.end());
    if (!std::all_of(types.begin(), types.end(), [&](const std::string& type) { return known.contains(type); }))
        reader.refuse(key, "names a block that this version does not compute, which knows " + *known.begin() + " and " +
                               *known.rbegin() + "; use a model of these");
    return types;
}

MiddleBlock readMiddle(ConfigReader& reader) {
    if (reader.isNull("mid_block_type")) return MiddleBlock::None;
    const std::string type =
        reader.oneOf("mid_block_type", "UNetMidBlock2DCrossAttn", {"UNetMidBlock2DCrossAttn", "UNetMidBlock2D"});
    return type == "UNetMidBlock2D" ? MiddleBlock::Resnet : MiddleBlock::Attention;
}

void readBlocks(ConfigReader& reader, UNetConfig& config) {
    config.channels = reader.integers("block_out_channels", {320, 640, 1280, 1280}, 1, kMostChannels);
    const std::size_t levels = config.channels.size();
    if (levels > 8) reader.refuse("block_out_channels", "has more than 8 levels");
    config.downBlocks =
        readTypes(reader, "down_block_types",
                  {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"}, levels);
    config.upBlocks =
        readTypes(reader, "up_block_types",
                  {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}, levels);
    config.middle = readMiddle(reader);
    config.layers = reader.integers("layers_per_block", std::vector<int>(levels, 2), 1, kMostLayers, levels);
    config.heads = reader.integers("attention_head_dim", std::vector<int>(levels, 8), 1, kMostChannels, levels);
    config.textOnly = reader.booleans("only_cross_attention", false, levels);

    const std::vector<int> contexts =
        reader.integers("cross_attention_dim", std::vector<int>(levels, 1280), 1, kMostChannels, levels);
    if (std::any_of(contexts.begin(), contexts.end(), [&](int n) { return n != contexts.front(); }))
        reader.refuse("cross_attention_dim", "differs between levels, though all read one text");
    config.crossAttentionDim = contexts.front();
}

/// Transformer blocks: one number, one per level, or per level one per layer.
void readDepths(ConfigReader& reader, const json& document, UNetConfig& config) {
    constexpr const char* kKey = "transformer_layers_per_block";
    constexpr const char* kUpKey = "reverse_transformer_layers_per_block";
    config.downDepths = reader.integerLists(kKey, 1, 0, kMostLayers, config.layers);
    config.middleDepth = config.downDepths.back().front();
    std::vector<int> upLayers;
    for (auto level = config.layers.rbegin(); level != config.layers.rend(); ++level) upLayers.push_back(*level + 1);
    if (reader.has(kUpKey)) {
        config.upDepths = reader.integerLists(kUpKey, 1, 0, kMostLayers, upLayers);
        return;
    }
    const auto isList = [](const json& entry) { return entry.is_array(); };
    if (reader.has(kKey) && std::any_of(document.at(kKey).begin(), document.at(kKey).end(), isList))
        reader.refuse(kKey, std::string("lists layers, which needs \"") + kUpKey + "\" for the way up");
    for (std::size_t block = 0; block < upLayers.size(); ++block) {
        const int depth = config.downDepths[upLayers.size() - 1 - block].front();
        config.upDepths.emplace_back(static_cast<std::size_t>(upLayers[block]), depth);
    }
}

int oddKernel(ConfigReader& reader, const std::string& key) {
    const int kernel = reader.integer(key, 3, 1, 31);
    if (kernel % 2 == 0) reader.refuse(key, "must be odd, since the convolution keeps the size");
    return kernel;
}

Activation optionalActivation(ConfigReader& reader, const std::string& key) {
    if (!reader.has(key)) return Activation::None;
    return activationNamed(reader.oneOf(key, "", {"silu", "swish", "gelu", "mish", "relu"}));
}

int optionalInteger(ConfigReader& reader, const std::string& key, int fallback) {
    return reader.has(key) ? reader.integer(key, fallback, 1, 1 << 20) : fallback;
}

/// What the time embedding is made of: SDXL adds the pooled text and sizes to it, LCM the guidance scale.
void readTimeEmbedding(ConfigReader& reader, UNetConfig& config) {
    config.flipSinToCos = reader.boolean("flip_sin_to_cos", true);
    config.freqShift = reader.number("freq_shift", 0, 0, 1);
    config.timeDim = optionalInteger(reader, "time_embedding_dim", config.channels.front() * 4);
    config.guidanceDim = optionalInteger(reader, "time_cond_proj_dim", 0);
    config.timestepActivation = optionalActivation(reader, "timestep_post_act");
    config.timeActivation = optionalActivation(reader, "time_embedding_act_fn");

    reader.only("addition_embed_type", {"text_time"});
    const int perId = optionalInteger(reader, "addition_time_embed_dim", 0);
    const int joined = optionalInteger(reader, "projection_class_embeddings_input_dim", 0);
    if (config.channels.front() / 2 <= config.freqShift)
        reader.refuse("block_out_channels", "begins with too few channels for the sinusoids of a timestep");
    if (!reader.has("addition_embed_type")) return; // the two have no meaning without it
    if (perId / 2 <= config.freqShift)
        reader.refuse("addition_time_embed_dim", "must be a number of sinusoids for \"addition_embed_type\"");
    if (joined <= kTimeIds * perId)
        reader.refuse("projection_class_embeddings_input_dim",
                      "must be larger than 6 times \"addition_time_embed_dim\", by the pooled text embedding's size");
    config.timeIdDim = perId;
    config.pooledDim = joined - kTimeIds * perId;
}

/// Keys of other model families: only the values that change nothing.
void refuseVariants(ConfigReader& reader) {
    reader.only("attention_type", {"default"});
    reader.only("class_embed_type", {});
    reader.only("class_embeddings_concat", {false});
    reader.only("dual_cross_attention", {false});
    reader.only("encoder_hid_dim", {});
    reader.only("encoder_hid_dim_type", {});
    reader.only("num_attention_heads", {}); // diffusers refuses it, too
    reader.only("num_class_embeds", {});
    reader.only("resnet_time_scale_shift", {"default"});
    reader.only("time_embedding_type", {"positional"});
    // Dropout is off when a model runs, and all arithmetic is float32 or wider.
    reader.ignore({"dropout", "upcast_attention"});
    // In diffusers these reach only types of blocks and embeddings that are refused here.
    reader.ignore({"addition_embed_type_num_heads", "cross_attention_norm", "mid_block_only_cross_attention",
                   "resnet_out_scale_factor", "resnet_skip_time_act"});
}

void checkDivisions(const ConfigReader& reader, const UNetConfig& config) {
    const std::size_t levels = config.channels.size();
    for (std::size_t i = 0; i < levels; ++i) {
        if (config.channels[i] % config.normGroups != 0)
            reader.refuse("norm_num_groups", "must divide every number in \"block_out_channels\"");
        const bool level = attends(config.downBlocks[i]) || attends(config.upBlocks[levels - 1 - i]) ||
                           (i + 1 == levels && config.middle == MiddleBlock::Attention);
        if (level && config.channels[i] % config.heads[i] != 0)
            reader.refuse("attention_head_dim", "is the number of heads and must divide the level's channels");
    }
}

/// One number, or height and width. Before 0.9.0 diffusers wrote too small a number; its pipeline takes 64 then.
void readSampleSize(ConfigReader& reader, const json& document, UNetConfig& config) {
    if (!reader.has("sample_size")) return;
    const std::vector<int> size = reader.integers("sample_size", {}, 1, 4096, 2);
    const std::string version = reader.text("_diffusers_version", "");
    const bool old = version.size() > 3 && version.starts_with("0.") && version[3] == '.' && version[2] < '9';
    const int least = old && document.at("sample_size").is_number() ? 64 : 1;
    config.sampleHeight = std::max(size[0], least);
    config.sampleWidth = std::max(size[1], least);
}

} // namespace

UNetConfig UNetConfig::parse(const json& document, const std::string& file) {
    ConfigReader reader(document, file);
    reader.requireClass("UNet2DConditionModel");
    UNetConfig config;
    refuseVariants(reader);
    readBlocks(reader, config);
    readDepths(reader, document, config);
    readTimeEmbedding(reader, config);
    config.inChannels = reader.integer("in_channels", 4, 1, kMostChannels);
    config.outChannels = reader.integer("out_channels", 4, 1, kMostChannels);
    config.inputKernel = oddKernel(reader, "conv_in_kernel");
    config.outputKernel = oddKernel(reader, "conv_out_kernel");
    config.centersInput = reader.boolean("center_input_sample", false);
    config.padsAround = reader.integer("downsample_padding", 1, 0, 1) == 1;
    config.linearProjection = reader.boolean("use_linear_projection", false);
    config.normGroups = reader.integer("norm_num_groups", 32, 1, kMostChannels);
    config.normEps = reader.number("norm_eps", 1e-5, 0, 1);
    config.activation = activationNamed(reader.oneOf("act_fn", "silu", {"silu", "swish", "gelu", "mish", "relu"}));
    config.middleScale = reader.number("mid_block_scale_factor", 1, 1e-6, 1e6);
    readSampleSize(reader, document, config);
    checkDivisions(reader, config);
    reader.finish();
    return config;
}

} // namespace ldm
