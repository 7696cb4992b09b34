#include "configreading.h"

#include <ldm/unet.h>

#include <algorithm>

namespace ldm {

using nlohmann::json;

namespace {

constexpr int kMostChannels = 16384;

bool attends(const std::string& blockType) {
    return blockType.starts_with("CrossAttn");
}

void readBlocks(ConfigReader& reader, UNetConfig& config) {
    config.downBlocks = reader.texts(
        "down_block_types", {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"});
    config.upBlocks =
        reader.texts("up_block_types", {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"});
    config.channels = reader.integers("block_out_channels", {320, 640, 1280, 1280}, 1, kMostChannels);
    const std::size_t levels = config.channels.size();
    if (config.downBlocks.size() != levels) reader.refuse("down_block_types", "must name one block per level");
    if (config.upBlocks.size() != levels) reader.refuse("up_block_types", "must name one block per level");
    for (const std::string& type : config.downBlocks)
        if (type != "DownBlock2D" && type != "CrossAttnDownBlock2D")
            reader.refuse("down_block_types", "names a block that this version does not compute");
    for (const std::string& type : config.upBlocks)
        if (type != "UpBlock2D" && type != "CrossAttnUpBlock2D")
            reader.refuse("up_block_types", "names a block that this version does not compute");
    if (levels > 8) reader.refuse("block_out_channels", "has more than 8 levels");

    const std::vector<int> layers = reader.integers("layers_per_block", std::vector<int>(levels, 2), 1, 64, levels);
    if (std::any_of(layers.begin(), layers.end(), [&](int n) { return n != layers.front(); }))
        reader.refuse("layers_per_block", "differs between levels, which this version does not compute");
    config.layersPerBlock = layers.front();
    config.heads = reader.integers("attention_head_dim", std::vector<int>(levels, 8), 1, kMostChannels, levels);
}

/// Keys of other model families and variants: only the values that SD 1.x has.
void refuseVariants(ConfigReader& reader, std::size_t levels) {
    reader.only("mid_block_type", {"UNetMidBlock2DCrossAttn"});
    reader.only("act_fn", {"silu", "swish"});
    reader.only("addition_embed_type", {});
    reader.only("addition_time_embed_dim", {});
    reader.only("attention_type", {"default"});
    reader.only("center_input_sample", {false});
    reader.only("class_embed_type", {});
    reader.only("conv_in_kernel", {3});
    reader.only("conv_out_kernel", {3});
    reader.only("cross_attention_norm", {});
    reader.only("downsample_padding", {1});
    reader.only("dual_cross_attention", {false});
    reader.only("encoder_hid_dim", {});
    reader.only("encoder_hid_dim_type", {});
    reader.only("mid_block_only_cross_attention", {false});
    reader.only("mid_block_scale_factor", {1});
    reader.only("num_attention_heads", {});
    reader.only("num_class_embeds", {});
    reader.only("only_cross_attention", {false, json(std::vector<bool>(levels, false))});
    reader.only("projection_class_embeddings_input_dim", {});
    reader.only("resnet_out_scale_factor", {1});
    reader.only("resnet_skip_time_act", {false});
    reader.only("resnet_time_scale_shift", {"default"});
    reader.only("reverse_transformer_layers_per_block", {});
    reader.only("time_cond_proj_dim", {});
    reader.only("time_embedding_act_fn", {});
    reader.only("time_embedding_dim", {});
    reader.only("time_embedding_type", {"positional"});
    reader.only("timestep_post_act", {});
    reader.only("transformer_layers_per_block", {1, json(std::vector<int>(levels, 1))});
    // Dropout is off when a model runs, all arithmetic is float32 or wider, and the rest only goes with refused keys.
    reader.ignore({"dropout", "upcast_attention", "addition_embed_type_num_heads", "class_embeddings_concat"});
}

void checkDivisions(const ConfigReader& reader, const UNetConfig& config) {
    const std::size_t levels = config.channels.size();
    if (config.channels.front() % 2 != 0)
        reader.refuse("block_out_channels", "must begin with an even number, of which the time embedding takes halves");
    for (std::size_t i = 0; i < levels; ++i) {
        if (config.channels[i] % config.normGroups != 0)
            reader.refuse("norm_num_groups", "must divide every number in \"block_out_channels\"");
        const bool level = attends(config.downBlocks[i]) || attends(config.upBlocks[levels - 1 - i]) || i + 1 == levels;
        if (level && config.channels[i] % config.heads[i] != 0)
            reader.refuse("attention_head_dim", "is the number of heads and must divide the level's channels");
    }
}

/// Before 0.9.0 diffusers wrote too small a sample size; its pipeline takes 64 then.
int defaultSampleSize(ConfigReader& reader) {
    reader.ignore({"sample_size"});
    const int size = reader.has("sample_size") ? reader.integer("sample_size", 64, 1, 4096) : 64;
    const std::string version = reader.text("_diffusers_version", "");
    const bool old = version.size() > 3 && version.starts_with("0.") && version[3] == '.' && version[2] < '9';
    return old ? std::max(size, 64) : size;
}

} // namespace

UNetConfig UNetConfig::parse(const json& document, const std::string& file) {
    ConfigReader reader(document, file);
    reader.oneOf("_class_name", "UNet2DConditionModel", {"UNet2DConditionModel"});
    UNetConfig config;
    refuseVariants(reader, document.contains("block_out_channels") ? document.at("block_out_channels").size() : 4);
    readBlocks(reader, config);
    config.inChannels = reader.integer("in_channels", 4, 1, kMostChannels);
    config.outChannels = reader.integer("out_channels", 4, 1, kMostChannels);
    config.crossAttentionDim = reader.integer("cross_attention_dim", 1280, 1, kMostChannels);
    config.linearProjection = reader.boolean("use_linear_projection", false);
    config.normGroups = reader.integer("norm_num_groups", 32, 1, kMostChannels);
    config.normEps = reader.number("norm_eps", 1e-5, 0, 1);
    config.flipSinToCos = reader.boolean("flip_sin_to_cos", true);
    config.freqShift = reader.number("freq_shift", 0, 0, 1);
    config.sampleSize = defaultSampleSize(reader);
    checkDivisions(reader, config);
    reader.finish();
    return config;
}

} // namespace ldm
