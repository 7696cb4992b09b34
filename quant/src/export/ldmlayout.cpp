#include "ldmlayout.h"

#include <ldm/error.h>
#include <ldm/ldmnames.h>
#include <ldm/textencoder.h>

#include <ATen/ATen.h>

#include <map>

namespace quant {

namespace {

ldm::TextEncoderConfig configOf(const ldm::PartSource& textEncoder) {
    return ldm::TextEncoderConfig::parse(textEncoder.config, textEncoder.configName, textEncoder.className);
}

/// SD 2.x and SDXL's second encoder come from open_clip, which names and joins tensors in its own way.
bool isOpenClip(const ldm::PartSource& part, bool twoTextEncoders) {
    if (twoTextEncoders) return part.name == "text_encoder_2";
    return part.name == "text_encoder" && configOf(part).activation != "quick_gelu";
}

ldm::LdmNames namesOf(const ldm::PartSource& part, bool openClip) {
    if (part.name == "unet") return ldm::LdmNames::unet(ldm::UNetLayout::ofDiffusers(part.tensors));
    if (part.name == "vae") return ldm::LdmNames::autoencoder(ldm::AutoencoderLayout::ofDiffusers(part.tensors));
    return openClip ? ldm::LdmNames::openClip(configOf(part).layers) : ldm::LdmNames::clip();
}

/// Joins the tensors that share a name, in their order of projections: queries, keys, values.
BakedTensor joined(const std::string& name, const std::vector<BakedTensor>& pieces) {
    BakedTensor result = pieces.front();
    result.name = name;
    if (pieces.size() == 1) return result;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        if (std::vector(pieces[i].shape.begin() + 1, pieces[i].shape.end()) !=
            std::vector(result.shape.begin() + 1, result.shape.end()))
            throw ldm::badInput("tensors of different width share the name '" + name +
                                "' in the single-file layout; export a diffusers folder instead.");
        result.shape.front() += pieces[i].shape.front();
    }
    result.values = [pieces] {
        std::vector<at::Tensor> values;
        for (const BakedTensor& piece : pieces) values.push_back(piece.values());
        return at::cat(values);
    };
    return result;
}

void transpose(BakedTensor& tensor) {
    std::swap(tensor.shape.at(0), tensor.shape.at(1));
    tensor.values = [inner = tensor.values] { return inner().t().contiguous(); };
}

std::string ldmName(const ldm::LdmNames& names, const ldm::PartSource& part, const std::string& name) {
    const std::string found = names.toLdm(name);
    if (found.empty())
        throw ldm::badInput("tensor '" + part.name + "." + name +
                            "' has no name in the single-file layout; export a diffusers folder instead.");
    return found;
}

void addPart(std::vector<BakedTensor>& file, const ldm::PartSource& part, std::vector<BakedTensor> tensors,
             bool twoTextEncoders) {
    const bool openClip = isOpenClip(part, twoTextEncoders);
    const ldm::LdmNames names = namesOf(part, openClip);
    std::map<std::string, BakedTensor> byName;
    for (BakedTensor& tensor : tensors) byName.emplace(tensor.name, std::move(tensor));
    std::map<std::string, std::vector<BakedTensor>> pieces;
    for (const auto& [name, tensor] : byName) {
        const std::string ldm = ldmName(names, part, name);
        const std::vector<std::string> sharing = names.toDiffusers(ldm);
        // Names in the order of the table, which is the order in which the original joins them.
        if (sharing.size() > 1 && name != sharing.front()) continue;
        auto& found = pieces[ldm];
        for (const std::string& other : sharing.size() > 1 ? sharing : std::vector{name}) {
            if (!byName.contains(other))
                throw ldm::badInput("tensor '" + part.name + "." + other + "' is missing; open the model again.");
            found.push_back(byName.at(other));
        }
    }
    const std::string prefix = ldm::ldmPrefix(part.name, twoTextEncoders, openClip);
    for (auto& [ldm, found] : pieces) {
        BakedTensor tensor = joined(prefix + ldm, found);
        if (openClip && ldm == ldm::kOpenClipProjection) transpose(tensor);
        // Attention projections of the autoencoder are 1x1 convolutions in this layout.
        if (part.name == "vae" && tensor.shape.size() == 2) tensor.shape.insert(tensor.shape.end(), {1, 1});
        file.push_back(std::move(tensor));
    }
}

/// A tensor that says something by being there.
BakedTensor marker(const char* name) {
    return {name, {1}, ldm::DType::F32, [] { return at::zeros({1}, at::kFloat); }};
}

/// By which programs know SDXL that predicts velocity, which its tensors do not tell.
void addMarkers(std::vector<BakedTensor>& file, const nlohmann::json& scheduler) {
    if (scheduler.value("prediction_type", "epsilon") != "v_prediction") return;
    file.push_back(marker("v_pred"));
    if (scheduler.value("rescale_betas_zero_snr", false)) file.push_back(marker("ztsnr"));
}

} // namespace

std::vector<BakedTensor> inLdmLayout(const ldm::Checkpoint& checkpoint, std::vector<std::vector<BakedTensor>> parts) {
    const bool twoTextEncoders = checkpoint.find("text_encoder_2") != nullptr;
    std::vector<BakedTensor> file;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (checkpoint.parts[i].className == "AutoencoderTiny")
            throw ldm::badInput("an AutoencoderTiny has no place in the single-file layout; export a diffusers folder "
                                "instead.");
        addPart(file, checkpoint.parts[i], std::move(parts[i]), twoTextEncoders);
    }
    if (twoTextEncoders) addMarkers(file, checkpoint.scheduler);
    return file;
}

} // namespace quant
