#include <quant/export.h>

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace quant {

namespace {

using Renames = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Reads a name from left to right: words and numbers between dots.
class Reader {
public:
    explicit Reader(std::string_view name) : m_rest(name) {}

    bool take(std::string_view words) {
        if (!m_rest.starts_with(words)) return false;
        const std::string_view after = m_rest.substr(words.size());
        if (!after.empty() && after.front() != '.') return false;
        m_rest = after.empty() ? after : after.substr(1);
        return true;
    }
    bool take(std::string_view words, int& number) {
        const Reader before = *this;
        if (take(words)) {
            const char* end = m_rest.data() + m_rest.size();
            const auto [stop, error] = std::from_chars(m_rest.data(), end, number);
            const bool whole = error == std::errc() && number >= 0 && stop != end && *stop == '.';
            if (whole) {
                m_rest.remove_prefix(static_cast<std::size_t>(stop - m_rest.data()) + 1);
                return true;
            }
        }
        *this = before;
        return false;
    }
    std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

/// The shape of a UNet as far as the numbering of the original layout depends on it.
struct UNetShape {
    int levels = 0;
    int layersPerBlock = 0;
    std::vector<bool> upAttention; ///< by up block

    explicit UNetShape(const ldm::ModelInfo& model) {
        for (const ldm::LayerInfo& layer : model.layers) {
            Reader reader(layer.name);
            int level = 0;
            int index = 0;
            if (!reader.take("unet")) continue;
            if (reader.take("down_blocks", level) && reader.take("resnets", index)) {
                levels = std::max(levels, level + 1);
                layersPerBlock = std::max(layersPerBlock, index + 1);
            } else if (reader.take("up_blocks", level) && reader.take("attentions", index)) {
                upAttention.resize(std::max(upAttention.size(), static_cast<std::size_t>(level) + 1));
                upAttention[static_cast<std::size_t>(level)] = true;
            }
        }
    }
    bool hasAttention(int up) const {
        const auto index = static_cast<std::size_t>(up);
        return index < upAttention.size() && upAttention[index];
    }
};

/// `rest` with its first word or words replaced by the table; empty if none fits.
std::string renamed(std::string_view rest, Renames table) {
    for (const auto& [from, to] : table) {
        Reader reader(rest);
        if (!reader.take(from)) continue;
        std::string name(to);
        if (!reader.rest().empty()) name.append(".").append(reader.rest());
        return name;
    }
    return {};
}

std::string joined(const std::string& prefix, const std::string& rest) {
    return rest.empty() ? std::string() : prefix + "." + rest;
}

std::string number(int value) {
    return std::to_string(value);
}

std::string unetResnet(std::string_view rest) {
    return renamed(rest, {{"norm1", "in_layers.0"},
                          {"conv1", "in_layers.2"},
                          {"time_emb_proj", "emb_layers.1"},
                          {"norm2", "out_layers.0"},
                          {"conv2", "out_layers.3"},
                          {"conv_shortcut", "skip_connection"}});
}

/// Residual and attention modules of one position: "<at>.0" and "<at>.1".
std::string unetPair(const std::string& at, bool resnet, std::string_view rest) {
    return resnet ? joined(at + ".0", unetResnet(rest)) : joined(at + ".1", std::string(rest));
}

std::string unetDown(Reader reader, int level, const UNetShape& shape) {
    const int stride = shape.layersPerBlock + 1;
    int index = 0;
    if (reader.take("downsamplers.0.conv"))
        return joined("input_blocks." + number(stride * (level + 1)) + ".0.op", std::string(reader.rest()));
    const bool resnet = reader.take("resnets", index);
    if (!resnet && !reader.take("attentions", index)) return {};
    return unetPair("input_blocks." + number(stride * level + index + 1), resnet, reader.rest());
}

std::string unetUp(Reader reader, int level, const UNetShape& shape) {
    const int stride = shape.layersPerBlock + 1;
    int index = 0;
    if (reader.take("upsamplers.0.conv")) {
        const std::string module = shape.hasAttention(level) ? ".2" : ".1";
        return joined("output_blocks." + number(stride * level + stride - 1) + module + ".conv",
                      std::string(reader.rest()));
    }
    const bool resnet = reader.take("resnets", index);
    if (!resnet && !reader.take("attentions", index)) return {};
    return unetPair("output_blocks." + number(stride * level + index), resnet, reader.rest());
}

std::string unetName(std::string_view name, const UNetShape& shape) {
    Reader reader(name);
    int index = 0;
    if (reader.take("down_blocks", index)) return unetDown(reader, index, shape);
    if (reader.take("up_blocks", index)) return unetUp(reader, index, shape);
    if (reader.take("mid_block")) {
        if (reader.take("resnets", index))
            return joined("middle_block." + number(2 * index), unetResnet(reader.rest()));
        if (reader.take("attentions.0")) return joined("middle_block.1", std::string(reader.rest()));
        return {};
    }
    return renamed(name, {{"conv_in", "input_blocks.0.0"},
                          {"time_embedding.linear_1", "time_embed.0"},
                          {"time_embedding.linear_2", "time_embed.2"},
                          {"conv_norm_out", "out.0"},
                          {"conv_out", "out.2"}});
}

std::string vaeResnet(std::string_view rest) {
    return renamed(rest, {{"norm1", "norm1"},
                          {"conv1", "conv1"},
                          {"norm2", "norm2"},
                          {"conv2", "conv2"},
                          {"conv_shortcut", "nin_shortcut"}});
}

std::string vaeMiddle(Reader reader) {
    int index = 0;
    if (reader.take("resnets", index)) return joined("mid.block_" + number(index + 1), vaeResnet(reader.rest()));
    if (!reader.take("attentions.0")) return {};
    return joined("mid.attn_1", renamed(reader.rest(), {{"group_norm", "norm"},
                                                        {"to_q", "q"},
                                                        {"to_k", "k"},
                                                        {"to_v", "v"},
                                                        {"to_out.0", "proj_out"},
                                                        {"query", "q"}, // names of early diffusers
                                                        {"key", "k"},
                                                        {"value", "v"},
                                                        {"proj_attn", "proj_out"}}));
}

/// Encoder and decoder; the original counts the decoder's levels from the picture's side.
std::string vaeCoder(Reader reader, int levels) {
    int level = 0;
    int index = 0;
    const bool down = reader.take("down_blocks", level);
    if (down || reader.take("up_blocks", level)) {
        const std::string at = down ? "down." + number(level) : "up." + number(levels - 1 - level);
        if (reader.take("resnets", index)) return joined(at + ".block." + number(index), vaeResnet(reader.rest()));
        if (reader.take(down ? "downsamplers.0.conv" : "upsamplers.0.conv"))
            return joined(at + (down ? ".downsample.conv" : ".upsample.conv"), std::string(reader.rest()));
        return {};
    }
    if (reader.take("mid_block")) return vaeMiddle(reader);
    return renamed(reader.rest(), {{"conv_in", "conv_in"}, {"conv_out", "conv_out"}, {"conv_norm_out", "norm_out"}});
}

std::string vaeName(std::string_view name, int levels) {
    Reader reader(name);
    for (const std::string_view coder : {"encoder", "decoder"})
        if (reader.take(coder)) return joined(std::string(coder), vaeCoder(reader, levels));
    return renamed(name, {{"quant_conv", "quant_conv"}, {"post_quant_conv", "post_quant_conv"}});
}

int vaeLevels(const ldm::ModelInfo& model) {
    int levels = 1;
    while ((1 << (levels - 1)) < model.vaeScale) ++levels;
    return levels;
}

} // namespace

std::string ldmName(std::string_view part, std::string_view name, const ldm::ModelInfo& model) {
    std::string result;
    if (part == "unet")
        result = joined("model.diffusion_model", unetName(name, UNetShape(model)));
    else if (part == "vae")
        result = joined("first_stage_model", vaeName(name, vaeLevels(model)));
    else if (part == "text_encoder" && name.starts_with("text_model."))
        result = joined("cond_stage_model.transformer", std::string(name));
    if (result.empty())
        throw ldm::Error(ldm::ErrorKind::Failed, "tensor '" + std::string(part) + "." + std::string(name) +
                                                     "' has no name in the single-file layout; export a diffusers "
                                                     "folder instead.");
    return result;
}

} // namespace quant
