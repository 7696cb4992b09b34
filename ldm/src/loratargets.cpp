#include "loratargets.h"

#include <ldm/error.h>
#include <ldm/ldmnames.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ldm {

namespace {

constexpr std::string_view kWeight = ".weight";

constexpr std::array<std::pair<std::string_view, LoraRole>, 12> kEndings = {{
    {".lora_down.weight", LoraRole::Down},
    {".lora_up.weight", LoraRole::Up},
    {".lora_mid.weight", LoraRole::Mid},
    {".lora_A.weight", LoraRole::Down},
    {".lora_B.weight", LoraRole::Up},
    {".lora.down.weight", LoraRole::Down},
    {".lora.up.weight", LoraRole::Up},
    {"_lora.down.weight", LoraRole::Down},
    {"_lora.up.weight", LoraRole::Up},
    {".lora_linear_layer.down.weight", LoraRole::Down},
    {".lora_linear_layer.up.weight", LoraRole::Up},
    {".alpha", LoraRole::Alpha},
}};

/// By which relatives of LoRA are known: parts of names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kRelativeMarks = {{
    {".dora_scale", "a DoRA"},
    {".lora_magnitude_vector", "a DoRA"},
    {".hada_", "a LoHa"},
    {".lokr_", "a LoKr"},
    {".oft_", "an OFT"},
    {".lora_embedding_", "a LoRA of an embedding"},
}};

/// Likewise, their endings.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kRelativeEndings = {{
    {".bias", "a LoRA with biases"},
    {".diff", "a difference of whole weights"},
    {".diff_b", "a difference of whole weights"},
}};

/// Names that former versions of diffusers gave to the layers of an attention: ending now, ending then.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFormer = {{
    {".to_q", ".processor.to_q"},
    {".to_k", ".processor.to_k"},
    {".to_v", ".processor.to_v"},
    {".to_out.0", ".processor.to_out"},
    {".self_attn.q_proj", ".self_attn.to_q"},
    {".self_attn.k_proj", ".self_attn.to_k"},
    {".self_attn.v_proj", ".self_attn.to_v"},
    {".self_attn.out_proj", ".self_attn.to_out"},
}};

/// The name of an adapter that PEFT puts before the ending is left out: ".lora_A.default.weight".
std::string withoutAdapter(const std::string& name) {
    for (const std::string_view half : {".lora_A.", ".lora_B."}) {
        const std::size_t begin = name.rfind(half);
        if (begin == std::string::npos || !name.ends_with(kWeight)) continue;
        const std::size_t adapter = begin + half.size();
        const std::size_t end = name.size() - kWeight.size();
        if (adapter < end && name.find('.', adapter) == end) return name.substr(0, adapter - 1) + std::string(kWeight);
    }
    return name;
}

std::string underscored(std::string name) {
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

bool isLayer(const StoredTensor& tensor) {
    return tensor.name.ends_with(kWeight) && (tensor.shape.size() == 2 || tensor.shape.size() == 4) &&
           tensor.name.find("embeddings.") == std::string::npos;
}

/// How kohya's scripts begin the names of a part's layers.
std::vector<std::string> kohyaPrefixes(const std::string& part) {
    if (part == "unet") return {"lora_unet_"};
    if (part == "text_encoder") return {"lora_te_", "lora_te1_"};
    if (part == "text_encoder_2") return {"lora_te2_"};
    return {};
}

} // namespace

std::optional<LoraKey> parseLoraKey(const std::string& name, const std::string& file) {
    const auto refuse = [&](std::string_view kind) {
        throw badInput(file + ": tensor " + inQuotes(name) + " belongs to " + std::string(kind) +
                       ", which this program cannot add; merge it into the model with the program it was made with, or "
                       "use a LoRA.");
    };
    for (const auto& [mark, kind] : kRelativeMarks)
        if (name.find(mark) != std::string::npos) refuse(kind);
    for (const auto& [ending, kind] : kRelativeEndings)
        if (name.ends_with(ending)) refuse(kind);
    const std::string plain = withoutAdapter(name);
    for (const auto& [ending, role] : kEndings)
        if (plain.size() > ending.size() && plain.ends_with(ending))
            return LoraKey{plain.substr(0, plain.size() - ending.size()), role};
    return std::nullopt;
}

bool holdsWholeWeights(const TensorTable& tensors) {
    const auto isUpdate = [](const StoredTensor& tensor) {
        const auto isMarked = [&](const auto& mark) { return tensor.name.find(mark.first) != std::string::npos; };
        const auto isDifference = [&](const auto& ending) {
            return ending.first != ".bias" && tensor.name.ends_with(ending.first);
        };
        const std::string plain = withoutAdapter(tensor.name);
        return std::any_of(kRelativeMarks.begin(), kRelativeMarks.end(), isMarked) ||
               std::any_of(kRelativeEndings.begin(), kRelativeEndings.end(), isDifference) ||
               std::any_of(kEndings.begin(), kEndings.end(),
                           [&](const auto& ending) { return plain.ends_with(ending.first); });
    };
    const std::vector<StoredTensor>& all = tensors.tensors();
    return std::none_of(all.begin(), all.end(), isUpdate) &&
           std::any_of(all.begin(), all.end(), [](const StoredTensor& one) { return one.name.ends_with(kWeight); });
}

LoraTargets::LoraTargets(const Checkpoint& checkpoint) {
    for (std::size_t index = 0; index < checkpoint.parts.size(); ++index) {
        const PartSource& part = checkpoint.parts[index];
        const std::vector<std::string> prefixes = kohyaPrefixes(part.name);
        if (prefixes.empty()) continue;
        const std::optional<LdmNames> names =
            part.name == "unet" ? std::optional(LdmNames::unet(UNetLayout::ofDiffusers(part.tensors))) : std::nullopt;
        for (const StoredTensor& tensor : part.tensors.tensors()) {
            if (!isLayer(tensor)) continue;
            const LoraTarget target{index, tensor.name.substr(0, tensor.name.size() - kWeight.size())};
            addDotted(part.name, target);
            for (const std::string& prefix : prefixes) addUnderscored(prefix, target.module, target);
            std::string original = names ? names->toLdm(tensor.name) : std::string();
            if (original.empty()) continue;
            original.resize(original.size() - kWeight.size());
            m_targets.emplace("diffusion_model." + original, target);
            addUnderscored(prefixes.front(), original, target);
        }
    }
}

void LoraTargets::addDotted(const std::string& part, const LoraTarget& target) {
    std::vector<std::string> modules{target.module};
    for (const auto& [now, then] : kFormer)
        if (target.module.ends_with(now))
            modules.push_back(target.module.substr(0, target.module.size() - now.size()) + std::string(then));
    for (const std::string& module : modules) {
        m_targets.emplace(part + "." + module, target);
        m_targets.emplace(module, target); // files of one part alone; of two text encoders the first
    }
}

void LoraTargets::addUnderscored(const std::string& prefix, const std::string& module, const LoraTarget& target) {
    m_targets.emplace(prefix + underscored(module), target);
}

const LoraTarget* LoraTargets::find(std::string module) const {
    constexpr std::string_view kPeft = "base_model.model.";
    if (const std::size_t begin = module.find(kPeft); begin != std::string::npos) module.erase(begin, kPeft.size());
    const auto found = m_targets.find(module);
    return found == m_targets.end() ? nullptr : &found->second;
}

} // namespace ldm
