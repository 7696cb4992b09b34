#include "support/familymodels.h"

#include "support/randomweights.h"

#include <ATen/ATen.h>
#include <ldm/ldmnames.h>
#include <ldm/textencoder.h>
#include <ldm/unet.h>
#include <ldm/vae.h>

#include <map>

namespace support {

using nlohmann::json;

namespace {

json unetConfig(ModelFamily family) {
    json config = {{"_class_name", "UNet2DConditionModel"},
                   {"block_out_channels", {64, 128}},
                   {"down_block_types", {"DownBlock2D", "CrossAttnDownBlock2D"}},
                   {"up_block_types", {"CrossAttnUpBlock2D", "UpBlock2D"}},
                   {"layers_per_block", 1},
                   {"cross_attention_dim", 64},
                   {"attention_head_dim", 8},
                   {"sample_size", 64}};
    if (family == ModelFamily::Sd1) return config;
    config["attention_head_dim"] = {1, 2};
    config["use_linear_projection"] = true;
    config["sample_size"] = 96;
    if (family == ModelFamily::Sd2) return config;
    config["transformer_layers_per_block"] = {1, 2};
    config["cross_attention_dim"] = 128;
    config["addition_embed_type"] = "text_time";
    config["addition_time_embed_dim"] = 256;
    config["projection_class_embeddings_input_dim"] = 64 + 6 * 256;
    config["sample_size"] = 128;
    return config;
}

json vaeConfig(ModelFamily family) {
    return {{"_class_name", "AutoencoderKL"},
            {"block_out_channels", {32, 64}},
            {"down_block_types", {"DownEncoderBlock2D", "DownEncoderBlock2D"}},
            {"up_block_types", {"UpDecoderBlock2D", "UpDecoderBlock2D"}},
            {"layers_per_block", 1},
            {"latent_channels", 4},
            {"scaling_factor", family == ModelFamily::Sdxl ? 0.13025 : 0.18215}};
}

json textConfig(bool openClip, int layers) {
    return {{"vocab_size", 49408},      {"hidden_size", 64},
            {"intermediate_size", 128}, {"num_hidden_layers", layers},
            {"num_attention_heads", 1}, {"max_position_embeddings", 77},
            {"projection_dim", 64},     {"hidden_act", openClip ? "gelu" : "quick_gelu"},
            {"eos_token_id", 2},        {"model_type", "clip_text_model"}};
}

template <typename Build>
void addPart(ldm::Checkpoint& model, const std::string& name, const std::string& className, const json& config,
             const Build& build) {
    ldm::WeightSource nothing(name, ldm::TensorTable("nothing"));
    try {
        build(nothing);
    } catch (const ldm::Error&) {
    }
    model.parts.push_back({name, className, config, name + "/config.json", randomTensors(nothing.missing()), {}});
}

void addText(ldm::Checkpoint& model, const std::string& name, const std::string& className, const json& config) {
    addPart(model, name, className, config, [&](ldm::WeightSource& weights) {
        ldm::TextEncoder(ldm::TextEncoderConfig::parse(config, name, className), weights);
    });
}

using Tensors = std::map<std::string, at::Tensor>;

void addOpenClip(std::vector<ldm::StoredTensor>& file, const std::string& prefix, Tensors tensors) {
    const ldm::LdmNames names = ldm::LdmNames::openClip(100);
    while (!tensors.empty()) {
        const auto [name, values] = *tensors.begin();
        const std::string ldm = names.toLdm(name);
        std::vector<at::Tensor> pieces;
        for (const std::string& piece : names.toDiffusers(ldm)) {
            pieces.push_back(tensors.at(piece));
            tensors.erase(piece);
        }
        const at::Tensor joined = ldm == "text_projection" ? values.t().contiguous() : at::cat(pieces);
        file.push_back(ldm::held(prefix + ldm, joined));
    }
}

void addRenamed(std::vector<ldm::StoredTensor>& file, const std::string& prefix, const ldm::LdmNames& names,
                const Tensors& tensors) {
    for (const auto& [name, values] : tensors) {
        const std::string ldm = names.toLdm(name);
        const bool isMatrix = ldm.find(".attn_1.") != std::string::npos && values.dim() == 2;
        file.push_back(ldm::held(prefix + ldm, isMatrix ? values.unsqueeze(2).unsqueeze(3) : values));
    }
}

} // namespace

ldm::Checkpoint familyModel(ModelFamily family) {
    ldm::Checkpoint model;
    const json unet = unetConfig(family), vae = vaeConfig(family);
    addPart(model, "unet", "UNet2DConditionModel", unet,
            [&](ldm::WeightSource& weights) { ldm::UNet(ldm::UNetConfig::parse(unet, "unet"), weights); });
    addPart(model, "vae", "AutoencoderKL", vae,
            [&](ldm::WeightSource& weights) { ldm::Vae(ldm::VaeConfig::parse(vae, "vae"), weights); });
    addText(model, "text_encoder", "CLIPTextModel", textConfig(family == ModelFamily::Sd2, 2));
    if (family == ModelFamily::Sdxl)
        addText(model, "text_encoder_2", "CLIPTextModelWithProjection", textConfig(true, 3));
    return model;
}

std::vector<ldm::StoredTensor> inOriginalLayout(const ldm::Checkpoint& model) {
    std::vector<ldm::StoredTensor> file;
    const bool two = model.find("text_encoder_2") != nullptr;
    for (const ldm::PartSource& part : model.parts) {
        Tensors tensors;
        for (const ldm::StoredTensor& tensor : part.tensors.tensors()) tensors.emplace(tensor.name, tensor.values());
        const bool openClip = part.config.value("hidden_act", "quick_gelu") == "gelu";
        const std::string prefix = ldm::ldmPrefix(part.name, two, openClip);
        if (openClip)
            addOpenClip(file, prefix, tensors);
        else if (part.name == "unet")
            addRenamed(file, prefix, ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(part.tensors)), tensors);
        else if (part.name == "vae")
            addRenamed(file, prefix, ldm::LdmNames::autoencoder(ldm::AutoencoderLayout::ofDiffusers(part.tensors)),
                       tensors);
        else
            addRenamed(file, prefix, ldm::LdmNames::clip(), tensors);
    }
    return file;
}

void addTensor(std::vector<ldm::StoredTensor>& tensors, const std::string& name,
               const std::vector<std::int64_t>& shape) {
    tensors.push_back(ldm::held(name, at::randn(shape)));
}

void writeTensors(const std::filesystem::path& path, const std::vector<ldm::StoredTensor>& tensors) {
    std::vector<ldm::TensorToWrite> written;
    for (const ldm::StoredTensor& tensor : tensors) {
        const auto make = [&tensor] {
            auto values = std::make_shared<at::Tensor>(tensor.values().contiguous());
            return ldm::OwnedBytes{{static_cast<const std::byte*>(values->data_ptr()), values->nbytes()}, values};
        };
        written.push_back({tensor.name, tensor.type, tensor.shape, {}, make});
    }
    ldm::writeSafetensors(path, std::move(written));
}

} // namespace support
