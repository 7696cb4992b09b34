#include "derivedconfig.h"

#include <ldm/error.h>

#include <algorithm>

namespace ldm {

using nlohmann::json;

namespace {

constexpr int kMostLevels = 8;
constexpr int kMostLayers = 256;
constexpr std::int64_t kMostChannels = 1 << 22;
constexpr int kTimeIds = 6;

std::string operator/(const std::string& left, int right) {
    return left + "." + std::to_string(right);
}

/// Looks at names and shapes of a part.
class Shapes {
public:
    explicit Shapes(const TensorTable& tensors) : m_tensors(tensors) {}

    bool has(const std::string& name) const { return m_tensors.find(name) != nullptr; }

    /// Throws BadInput for a tensor that is missing or has no such axis.
    std::int64_t size(const std::string& name, std::size_t axis) const {
        const StoredTensor* tensor = m_tensors.find(name);
        if (!tensor)
            throw badInput(m_tensors.source() + " lacks the tensor " + inQuotes(m_tensors.nameInFile(name)) + "; " +
                           m_tensors.remedy() + ".");
        if (axis >= tensor->shape.size() || tensor->shape[axis] < 1 || tensor->shape[axis] > kMostChannels)
            throw badInput(m_tensors.source() + ": tensor " + inQuotes(m_tensors.nameInFile(name)) +
                           " has a shape that no network has; fetch the file again.");
        return tensor->shape[axis];
    }

    /// How many of "start.0ending", "start.1ending", ... there are.
    int count(const std::string& start, const std::string& ending, int most) const {
        int found = 0;
        while (found < most && has(start / found + ending)) ++found;
        return found;
    }

    std::size_t rank(const std::string& name) const {
        const StoredTensor* tensor = m_tensors.find(name);
        return tensor ? tensor->shape.size() : 0;
    }

private:
    const TensorTable& m_tensors;
};

constexpr const char* kAttention = ".transformer_blocks";
constexpr const char* kAttentionEnd = ".norm1.weight";

/// Transformer blocks of one attention module.
int depthOf(const Shapes& shapes, const std::string& attention) {
    return shapes.count(attention + kAttention, kAttentionEnd, kMostLayers);
}

/// An attention module of the UNet; all have the same inner form.
std::string someAttention(const Shapes& shapes, int levels) {
    if (shapes.has("mid_block.attentions.0.norm.weight")) return "mid_block.attentions.0";
    for (int i = 0; i < levels; ++i)
        for (const std::string side : {"down_blocks", "up_blocks"})
            if (const std::string name = side / i + ".attentions.0"; shapes.has(name + ".norm.weight")) return name;
    return {};
}

void addLevels(json& facts, const Shapes& shapes, int levels) {
    const int middle = depthOf(shapes, "mid_block.attentions.0");
    json channels = json::array(), down = json::array(), up = json::array(), depths = json::array();
    for (int i = 0; i < levels; ++i) {
        const std::string downName = std::string("down_blocks") / i;
        const std::string upName = std::string("up_blocks") / (levels - 1 - i);
        channels.push_back(shapes.size(downName + ".resnets.0.conv1.weight", 0));
        const int downDepth = depthOf(shapes, downName + ".attentions.0");
        const int upDepth = depthOf(shapes, upName + ".attentions.0");
        down.push_back(downDepth ? "CrossAttnDownBlock2D" : "DownBlock2D");
        up.insert(up.begin(), upDepth ? "CrossAttnUpBlock2D" : "UpBlock2D");
        // The middle takes the depth of the last level, which often attends nowhere else.
        const int last = i + 1 == levels ? std::max(1, middle) : 1;
        depths.push_back(downDepth ? downDepth : upDepth ? upDepth : last);
    }
    facts["block_out_channels"] = channels;
    facts["down_block_types"] = down;
    facts["up_block_types"] = up;
    facts["transformer_layers_per_block"] = depths;
    if (!middle) facts["mid_block_type"] = "UNetMidBlock2D";
}

json unetFacts(const Shapes& shapes) {
    const int levels = shapes.count("down_blocks", ".resnets.0.conv1.weight", kMostLevels);
    json facts = {{"in_channels", shapes.size("conv_in.weight", 1)},
                  {"out_channels", shapes.size("conv_out.weight", 0)},
                  {"conv_in_kernel", shapes.size("conv_in.weight", 2)},
                  {"conv_out_kernel", shapes.size("conv_out.weight", 2)},
                  {"layers_per_block", shapes.count("down_blocks.0.resnets", ".conv1.weight", kMostLayers)}};
    shapes.size("down_blocks.0.resnets.0.conv1.weight", 0); // one level at least
    addLevels(facts, shapes, levels);
    if (const std::string attention = someAttention(shapes, levels); !attention.empty()) {
        facts["cross_attention_dim"] = shapes.size(attention + ".transformer_blocks.0.attn2.to_k.weight", 1);
        facts["use_linear_projection"] = shapes.rank(attention + ".proj_in.weight") == 2;
    }
    if (shapes.has("time_embedding.cond_proj.weight"))
        facts["time_cond_proj_dim"] = shapes.size("time_embedding.cond_proj.weight", 1);
    if (shapes.has("add_embedding.linear_1.weight")) {
        facts["addition_embed_type"] = "text_time";
        facts["projection_class_embeddings_input_dim"] = shapes.size("add_embedding.linear_1.weight", 1);
    }
    return facts;
}

json autoencoderFacts(const Shapes& shapes) {
    const std::string down = "encoder.down_blocks";
    const int levels = shapes.count(down, ".resnets.0.conv1.weight", kMostLevels);
    json channels = json::array();
    for (int i = 0; i < levels; ++i) channels.push_back(shapes.size(down / i + ".resnets.0.conv1.weight", 0));
    return {{"in_channels", shapes.size("encoder.conv_in.weight", 1)},
            {"out_channels", shapes.size("decoder.conv_out.weight", 0)},
            {"latent_channels", shapes.size("decoder.conv_in.weight", 1)},
            {"layers_per_block", shapes.count(down + ".0.resnets", ".conv1.weight", kMostLayers)},
            {"block_out_channels", channels},
            {"down_block_types", std::vector<std::string>(channels.size(), "DownEncoderBlock2D")},
            {"up_block_types", std::vector<std::string>(channels.size(), "UpDecoderBlock2D")},
            {"use_quant_conv", shapes.has("quant_conv.weight")},
            {"use_post_quant_conv", shapes.has("post_quant_conv.weight")},
            {"mid_block_add_attention", shapes.has("encoder.mid_block.attentions.0.group_norm.weight")}};
}

json textFacts(const Shapes& shapes) {
    const std::string layers = "text_model.encoder.layers";
    json facts = {{"vocab_size", shapes.size("text_model.embeddings.token_embedding.weight", 0)},
                  {"hidden_size", shapes.size("text_model.embeddings.token_embedding.weight", 1)},
                  {"max_position_embeddings", shapes.size("text_model.embeddings.position_embedding.weight", 0)},
                  {"intermediate_size", shapes.size(layers + ".0.mlp.fc1.weight", 0)},
                  {"num_hidden_layers", shapes.count(layers, ".mlp.fc1.weight", kMostLayers)}};
    facts["projection_dim"] = facts["hidden_size"];
    if (shapes.has("text_projection.weight")) facts["projection_dim"] = shapes.size("text_projection.weight", 0);
    return facts;
}

Error untold(const std::string& file, const std::string& what) {
    return badInput(file + ": " + what + "; name the model it was made from to lend its configuration.");
}

/// SD 1.x has 8 heads everywhere, its successors heads of 64 channels.
json headsOf(const json& facts, Family family, const std::string& file) {
    json heads = json::array();
    for (const json& channels : facts["block_out_channels"]) {
        const auto width = channels.get<std::int64_t>();
        const std::int64_t unit = family == Family::Sd1 ? 8 : 64;
        if (width % unit != 0)
            throw untold(file, "the number of attention heads is not in the file, and " + std::to_string(width) +
                                   " channels are not a multiple of " + std::to_string(unit) + " as usual");
        heads.push_back(width / 64);
    }
    return family == Family::Sd1 ? json(8) : heads;
}

/// Groups of normalizations: 32 in all families.
void checkGroups(const json& facts, const std::string& file) {
    constexpr std::int64_t kGroups = 32;
    for (const json& channels : facts["block_out_channels"])
        if (channels.get<std::int64_t>() % kGroups != 0)
            throw untold(file, "the number of normalization groups is not in the file, and " + channels.dump() +
                                   " channels are not a multiple of 32 as usual");
}

} // namespace

json factsOf(const std::string& part, const TensorTable& tensors) {
    const Shapes shapes(tensors);
    if (part == "unet") return unetFacts(shapes);
    return part == "vae" ? autoencoderFacts(shapes) : textFacts(shapes);
}

json unetConfig(json facts, Family family, bool predictsVelocity, int pooledDim, const std::string& file) {
    checkGroups(facts, file);
    facts["_class_name"] = "UNet2DConditionModel";
    facts["attention_head_dim"] = headsOf(facts, family, file);
    facts["sample_size"] = family == Family::Sdxl ? 128 : family == Family::Sd2 && predictsVelocity ? 96 : 64;
    if (!facts.contains("addition_embed_type")) return facts;
    const auto joined = facts["projection_class_embeddings_input_dim"].get<std::int64_t>();
    const std::int64_t perId = pooledDim > 0 ? (joined - pooledDim) / kTimeIds : 256;
    if (perId < 2 || joined <= kTimeIds * perId || (pooledDim > 0 && pooledDim + kTimeIds * perId != joined))
        throw untold(file, "an added embedding of " + std::to_string(joined) +
                               " values cannot be divided into text and sizes");
    facts["addition_time_embed_dim"] = perId;
    return facts;
}

json autoencoderConfig(json facts, Family family, const std::string& file) {
    checkGroups(facts, file);
    facts["_class_name"] = "AutoencoderKL";
    facts["scaling_factor"] = family == Family::Sdxl ? 0.13025 : 0.18215;
    facts["sample_size"] = family == Family::Sdxl ? 1024 : family == Family::Sd2 ? 768 : 512;
    return facts;
}

json textEncoderConfig(json facts, Family family, bool second, const std::string& file) {
    const auto hidden = facts["hidden_size"].get<std::int64_t>();
    if (hidden % 64 != 0)
        throw untold(file, "the number of attention heads is not in the file, and " + std::to_string(hidden) +
                               " channels of the text encoder are not a multiple of 64 as usual");
    const bool openClip = second || family == Family::Sd2;
    facts["architectures"] = {second ? "CLIPTextModelWithProjection" : "CLIPTextModel"};
    facts["model_type"] = "clip_text_model";
    facts["num_attention_heads"] = hidden / 64;
    facts["hidden_act"] = openClip ? "gelu" : "quick_gelu";
    facts["eos_token_id"] = 2; // as the families' files say: the text ends at its largest id
    return facts;
}

json schedulerConfig(Family family, const std::string& prediction, bool guided) {
    json config = {{"beta_start", 0.00085},       {"beta_end", 0.012},        {"beta_schedule", "scaled_linear"},
                   {"num_train_timesteps", 1000}, {"steps_offset", 1},        {"clip_sample", false},
                   {"set_alpha_to_one", false},   {"trained_betas", nullptr}, {"prediction_type", prediction}};
    if (guided) {
        config["_class_name"] = "LCMScheduler";
        config["original_inference_steps"] = 50;
        config["set_alpha_to_one"] = true;
    } else if (family == Family::Sdxl) {
        config["_class_name"] = "EulerDiscreteScheduler";
        config["interpolation_type"] = "linear";
        config["timestep_spacing"] = "leading";
        config["use_karras_sigmas"] = false;
    } else {
        config["_class_name"] = family == Family::Sd2 ? "DDIMScheduler" : "PNDMScheduler";
        config["skip_prk_steps"] = true;
    }
    return config;
}

} // namespace ldm
