#include <ldm/ldmnames.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace ldm {

namespace {

using Pairs = std::initializer_list<std::pair<const char*, const char*>>;

std::string number(int value) {
    return std::to_string(value);
}

/// Reads a name from left to right: words and numbers between dots.
class Reader {
public:
    explicit Reader(std::string_view name) : m_rest(name) {}

    bool take(std::string_view words) {
        if (!m_rest.starts_with(words)) return false;
        const std::string_view after = m_rest.substr(words.size());
        if (after.empty() || after.front() != '.') return false;
        m_rest = after.substr(1);
        return true;
    }
    bool take(std::string_view words, int& number) {
        const Reader before = *this;
        if (take(words)) {
            const char* end = m_rest.data() + m_rest.size();
            const auto [stop, error] = std::from_chars(m_rest.data(), end, number);
            if (error == std::errc() && number >= 0 && number < kMaxNumber && stop != end && *stop == '.') {
                m_rest.remove_prefix(static_cast<std::size_t>(stop - m_rest.data()) + 1);
                return true;
            }
        }
        *this = before;
        return false;
    }

private:
    static constexpr int kMaxNumber = 100; // a hostile name must not make the table large

    std::string_view m_rest;
};

void setAt(std::vector<bool>& flags, int index) {
    flags.resize(std::max(flags.size(), static_cast<std::size_t>(index) + 1));
    flags[static_cast<std::size_t>(index)] = true;
}

constexpr Pairs kUNetEnds = {{"conv_in", "input_blocks.0.0"},
                             {"time_embedding.linear_1", "time_embed.0"},
                             {"time_embedding.linear_2", "time_embed.2"},
                             {"time_embedding.cond_proj", "time_embed.cond_proj"},
                             {"add_embedding.linear_1", "label_emb.0.0"},
                             {"add_embedding.linear_2", "label_emb.0.2"},
                             {"mid_block.attentions.0", "middle_block.1"},
                             {"conv_norm_out", "out.0"},
                             {"conv_out", "out.2"}};

constexpr Pairs kUNetResnet = {{"norm1", "in_layers.0"},          {"conv1", "in_layers.2"},
                               {"time_emb_proj", "emb_layers.1"}, {"norm2", "out_layers.0"},
                               {"conv2", "out_layers.3"},         {"conv_shortcut", "skip_connection"}};

constexpr Pairs kAutoencoderResnet = {
    {"norm1", "norm1"}, {"conv1", "conv1"}, {"norm2", "norm2"}, {"conv2", "conv2"}, {"conv_shortcut", "nin_shortcut"}};

constexpr Pairs kAutoencoderAttention = {
    {"group_norm", "norm"}, {"to_q", "q"}, {"to_k", "k"}, {"to_v", "v"}, {"to_out.0", "proj_out"}};

/// Names of early diffusers, for writing and comparing.
constexpr Pairs kFormerAttention = {{"query", "q"}, {"key", "k"}, {"value", "v"}, {"proj_attn", "proj_out"}};

constexpr Pairs kOpenClipLayer = {{"layer_norm1", "ln_1"},
                                  {"layer_norm2", "ln_2"},
                                  {"mlp.fc1", "mlp.c_fc"},
                                  {"mlp.fc2", "mlp.c_proj"},
                                  {"self_attn.out_proj", "attn.out_proj"}};

constexpr Pairs kOpenClipEnds = {{"text_model.embeddings.token_embedding", "token_embedding"},
                                 {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
                                 {"text_model.final_layer_norm", "ln_final"},
                                 {"text_projection.weight", kOpenClipProjection.data()}};

/// The entry for the whole name or for the module that it begins with, the longest there is, and what follows it.
template <typename Table> auto longest(const Table& table, std::string_view name) {
    std::string_view module = name;
    auto found = table.find(module);
    while (found == table.end() && module.find('.') != module.npos) {
        module = module.substr(0, module.rfind('.'));
        found = table.find(module);
    }
    return std::pair{found, name.substr(module.size())};
}

} // namespace

UNetLayout UNetLayout::ofDiffusers(const TensorTable& tensors) {
    UNetLayout layout;
    for (const StoredTensor& tensor : tensors.tensors()) {
        Reader reader(tensor.name);
        int level = 0;
        int index = 0;
        if (reader.take("down_blocks", level) && reader.take("resnets", index)) {
            layout.levels = std::max(layout.levels, level + 1);
            layout.layersPerBlock = std::max(layout.layersPerBlock, index + 1);
        } else if (reader.take("up_blocks", level) && reader.take("attentions", index)) {
            setAt(layout.upAttends, level);
        }
    }
    return layout;
}

UNetLayout UNetLayout::ofLdm(const TensorTable& tensors) {
    int last = 0;           // input block
    int firstReduction = 0; // 0: there is none
    int reductions = 0;
    std::vector<bool> attends; // by output block
    for (const StoredTensor& tensor : tensors.tensors()) {
        Reader reader(tensor.name);
        int block = 0;
        if (reader.take("input_blocks", block)) {
            last = std::max(last, block);
            if (!reader.take("0.op") || !tensor.name.ends_with(".weight")) continue;
            ++reductions;
            firstReduction = firstReduction ? std::min(firstReduction, block) : block;
        } else if (reader.take("output_blocks", block) && reader.take("1.transformer_blocks")) {
            setAt(attends, block);
        }
    }
    UNetLayout layout{reductions + 1, firstReduction ? firstReduction - 1 : last, {}};
    for (std::size_t block = 0; block < attends.size(); ++block)
        if (attends[block]) setAt(layout.upAttends, static_cast<int>(block) / (layout.layersPerBlock + 1));
    return layout;
}

AutoencoderLayout AutoencoderLayout::ofDiffusers(const TensorTable& tensors) {
    AutoencoderLayout layout;
    for (const StoredTensor& tensor : tensors.tensors()) {
        Reader reader(tensor.name);
        int level = 0;
        int index = 0;
        if (!reader.take("encoder") || !reader.take("down_blocks", level)) continue;
        layout.levels = std::max(layout.levels, level + 1);
        if (reader.take("resnets", index)) layout.layersPerBlock = std::max(layout.layersPerBlock, index + 1);
    }
    return layout;
}

AutoencoderLayout AutoencoderLayout::ofLdm(const TensorTable& tensors) {
    AutoencoderLayout layout;
    for (const StoredTensor& tensor : tensors.tensors()) {
        Reader reader(tensor.name);
        int level = 0;
        int index = 0;
        if (!reader.take("encoder") || !reader.take("down", level)) continue;
        layout.levels = std::max(layout.levels, level + 1);
        if (reader.take("block", index)) layout.layersPerBlock = std::max(layout.layersPerBlock, index + 1);
    }
    return layout;
}

LdmNames LdmNames::unet(const UNetLayout& layout) {
    LdmNames names;
    for (const auto& [diffusers, ldm] : kUNetEnds) names.add(diffusers, ldm);
    names.addUNetResnet("mid_block.resnets.0", "middle_block.0");
    names.addUNetResnet("mid_block.resnets.1", "middle_block.2");
    for (int level = 0; level < layout.levels; ++level) names.addUNetLevel(layout, level);
    return names;
}

/// Blocks are numbered through all levels: each has its layers, then one that changes the size.
void LdmNames::addUNetLevel(const UNetLayout& layout, int level) {
    const int stride = layout.layersPerBlock + 1;
    const std::string down = "down_blocks." + number(level);
    for (int j = 0; j < layout.layersPerBlock; ++j) {
        const std::string ldm = "input_blocks." + number(stride * level + j + 1);
        addUNetResnet(down + ".resnets." + number(j), ldm + ".0");
        add(down + ".attentions." + number(j), ldm + ".1");
    }
    const std::string up = "up_blocks." + number(level);
    for (int j = 0; j < stride; ++j) {
        const std::string ldm = "output_blocks." + number(stride * level + j);
        addUNetResnet(up + ".resnets." + number(j), ldm + ".0");
        add(up + ".attentions." + number(j), ldm + ".1");
    }
    if (level == layout.levels - 1) return;
    add(down + ".downsamplers.0.conv", "input_blocks." + number(stride * (level + 1)) + ".0.op");
    const auto index = static_cast<std::size_t>(level);
    const bool attends = index < layout.upAttends.size() && layout.upAttends[index];
    const std::string last = "output_blocks." + number(stride * level + layout.layersPerBlock);
    add(up + ".upsamplers.0.conv", last + (attends ? ".2.conv" : ".1.conv"));
    alsoReads(last + (attends ? ".1.conv" : ".2.conv"), up + ".upsamplers.0.conv");
}

void LdmNames::addUNetResnet(const std::string& diffusers, const std::string& ldm) {
    for (const auto& [from, to] : kUNetResnet) add(diffusers + "." + from, ldm + "." + to);
}

LdmNames LdmNames::autoencoder(const AutoencoderLayout& layout) {
    LdmNames names;
    for (const char* same : {"quant_conv", "post_quant_conv"}) names.add(same, same);
    for (const std::string coder : {"encoder", "decoder"}) {
        for (const char* conv : {".conv_in", ".conv_out"}) names.add(coder + conv, coder + conv);
        names.add(coder + ".conv_norm_out", coder + ".norm_out");
        names.addAutoencoderMiddle(coder);
    }
    for (int level = 0; level < layout.levels; ++level) names.addAutoencoderLevel(layout, level);
    return names;
}

/// The original counts the decoder's levels from the picture's side.
void LdmNames::addAutoencoderLevel(const AutoencoderLayout& layout, int level) {
    const std::string down = "encoder.down_blocks." + number(level);
    const std::string ldmDown = "encoder.down." + number(level);
    const std::string up = "decoder.up_blocks." + number(level);
    const std::string ldmUp = "decoder.up." + number(layout.levels - 1 - level);
    for (int j = 0; j <= layout.layersPerBlock; ++j) {
        const std::string block = ".block." + number(j);
        if (j < layout.layersPerBlock) addAutoencoderResnet(down + ".resnets." + number(j), ldmDown + block);
        addAutoencoderResnet(up + ".resnets." + number(j), ldmUp + block);
    }
    if (level == layout.levels - 1) return;
    add(down + ".downsamplers.0.conv", ldmDown + ".downsample.conv");
    add(up + ".upsamplers.0.conv", ldmUp + ".upsample.conv");
}

void LdmNames::addAutoencoderMiddle(const std::string& coder) {
    const std::string middle = coder + ".mid_block";
    const std::string ldm = coder + ".mid";
    addAutoencoderResnet(middle + ".resnets.0", ldm + ".block_1");
    addAutoencoderResnet(middle + ".resnets.1", ldm + ".block_2");
    const std::string attention = middle + ".attentions.0.";
    for (const auto& [from, to] : kAutoencoderAttention) add(attention + from, ldm + ".attn_1." + to);
    for (const auto& [from, to] : kFormerAttention) m_toLdm.emplace(attention + from, ldm + ".attn_1." + to);
}

void LdmNames::addAutoencoderResnet(const std::string& diffusers, const std::string& ldm) {
    for (const auto& [from, to] : kAutoencoderResnet) add(diffusers + "." + from, ldm + "." + to);
}

LdmNames LdmNames::clip() {
    LdmNames names;
    names.add("text_model", "text_model");
    return names;
}

LdmNames LdmNames::openClip(int layers) {
    LdmNames names;
    for (const auto& [diffusers, ldm] : kOpenClipEnds) names.add(diffusers, ldm);
    for (int i = 0; i < layers; ++i) {
        const std::string layer = "text_model.encoder.layers." + number(i) + ".";
        const std::string ldm = "transformer.resblocks." + number(i) + ".";
        for (const auto& [from, to] : kOpenClipLayer) names.add(layer + from, ldm + to);
        for (const std::string projection : {"q", "k", "v"})
            for (const std::string kind : {"weight", "bias"})
                names.add(layer + "self_attn." + projection + "_proj." + kind, ldm + "attn.in_proj_" + kind);
    }
    return names;
}

void LdmNames::add(std::string diffusers, std::string ldm) {
    alsoReads(ldm, diffusers);
    m_toLdm.emplace(std::move(diffusers), std::move(ldm));
}

void LdmNames::alsoReads(std::string ldm, std::string diffusers) {
    m_toDiffusers[std::move(ldm)].push_back(std::move(diffusers));
}

std::string LdmNames::toLdm(std::string_view diffusers) const {
    const auto [found, rest] = longest(m_toLdm, diffusers);
    return found == m_toLdm.end() ? std::string() : found->second + std::string(rest);
}

std::vector<std::string> LdmNames::toDiffusers(std::string_view ldm) const {
    const auto [found, rest] = longest(m_toDiffusers, ldm);
    if (found == m_toDiffusers.end()) return {};
    std::vector<std::string> names = found->second;
    for (std::string& name : names) name.append(rest);
    return names;
}

const StoredTensor* findUnderEitherName(const TensorTable& tensors, const std::string& name) {
    if (const StoredTensor* found = tensors.find(name)) return found;
    const auto renamed = [&name](const std::string& from, const char* to) {
        const std::size_t at = name.find(".attentions.0." + from + ".");
        if (at == name.npos) return std::string();
        return std::string(name).replace(name.find(from, at), from.size(), to);
    };
    for (const auto& [former, ldm] : kFormerAttention)
        for (const auto& [present, same] : kAutoencoderAttention) {
            if (std::string_view(ldm) != same) continue;
            for (const std::string& other : {renamed(former, present), renamed(present, former)})
                if (const StoredTensor* found = other.empty() ? nullptr : tensors.find(other)) return found;
        }
    return nullptr;
}

std::string ldmPrefix(std::string_view part, bool twoTextEncoders, bool openClip) {
    if (part == "unet") return "model.diffusion_model.";
    if (part == "vae") return "first_stage_model.";
    const std::string encoder = !twoTextEncoders ? "cond_stage_model." : "conditioner.embedders.";
    const std::string place = !twoTextEncoders ? "" : part == "text_encoder" ? "0." : "1.";
    return encoder + place + (openClip ? "model." : "transformer.");
}

} // namespace ldm
