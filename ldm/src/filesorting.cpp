#include "filesorting.h"

#include "containers.h"
#include "listing.h"

#include <ldm/error.h>
#include <ldm/ldmnames.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace ldm {

namespace {

struct Prefix {
    std::string_view text;
    std::string_view part;
};

/// Longer ones before those that begin them.
constexpr std::array<Prefix, 14> kPrefixes = {{{"model.diffusion_model.", "unet"},
                                               {"unet.", "unet"},
                                               {"first_stage_model.", "vae"},
                                               {"vae.", "vae"},
                                               {"conditioner.embedders.0.", "text_encoder"},
                                               {"conditioner.embedders.1.", "text_encoder_2"},
                                               {"cond_stage_model.1.", "text_encoder_2"},
                                               {"cond_stage_model.0.", "text_encoder"},
                                               {"cond_stage_model.", "text_encoder"},
                                               {"text_encoder_2.", "text_encoder_2"},
                                               {"text_encoder.", "text_encoder"},
                                               {"te.1.", "text_encoder_2"},
                                               {"te.0.", "text_encoder"},
                                               {"te.", "text_encoder"}}};

/// What a file without prefixes is, by a name that it begins with.
constexpr std::array<Prefix, 8> kBareParts = {{{"input_blocks.", "unet"},
                                               {"down_blocks.", "unet"},
                                               {"encoder.down.", "vae"},
                                               {"decoder.up.", "vae"},
                                               {"encoder.down_blocks.", "vae"},
                                               {"decoder.up_blocks.", "vae"},
                                               {"text_model.", "text_encoder"},
                                               {"transformer.resblocks.", "text_encoder"}}};

struct Stranger {
    std::string_view inName;
    std::string_view family;
};

constexpr std::array<Stranger, 12> kStrangers = {
    {{"joint_blocks.", "a Stable Diffusion 3 model"},
     {"double_blocks.", "a Flux model"},
     {"conditioner.embedders.0.model.", "the SDXL refiner"},
     {"input_hint_block.", "a ControlNet"},
     {"controlnet_cond_embedding.", "a ControlNet"},
     {"time_stack.", "a video model"},
     {"motion_modules.", "a video model"},
     {"lora_unet_", "a LoRA, which is added to a model when that is opened"},
     {"lora_te", "a LoRA, which is added to a model when that is opened"},
     {".lora_A.", "a LoRA, which is added to a model when that is opened"},
     {".lora.up.", "a LoRA, which is added to a model when that is opened"},
     {"string_to_param", "a textual inversion"}}};

/// Training state, schedules and buffers, none of which a prediction depends on.
constexpr std::array<std::string_view, 10> kDroppedStarts = {
    "model_ema.", "alphas_cumprod",          "posterior_",     "sqrt_", "log_one_minus_", "lvlb_weights", "loss.",
    "logvar",     "first_stage_model.loss.", "denoiser.sigmas"};
constexpr std::string_view kVelocityMarker = "v_pred";
constexpr std::string_view kZeroSnrMarker = "ztsnr";
constexpr std::array<std::string_view, 5> kDroppedNames = {"betas", "global_step", "scale_factor", kVelocityMarker,
                                                           kZeroSnrMarker};
constexpr std::array<std::string_view, 3> kDroppedEnds = {"position_ids", "logit_scale", "attn_mask"};

constexpr int kWholeTowerLayers = 24; ///< of SD 2.x's encoder, ViT-H/14

bool isDropped(std::string_view name) {
    return std::any_of(kDroppedStarts.begin(), kDroppedStarts.end(),
                       [&](auto start) { return name.starts_with(start); }) ||
           std::find(kDroppedNames.begin(), kDroppedNames.end(), name) != kDroppedNames.end() ||
           std::any_of(kDroppedEnds.begin(), kDroppedEnds.end(), [&](auto end) { return name.ends_with(end); });
}

void refuseStrangers(const TensorTable& file) {
    for (const StoredTensor& tensor : file.tensors())
        for (const auto& [inName, family] : kStrangers)
            if (tensor.name.find(inName) != std::string::npos)
                throw badInput(file.source() + " is " + std::string(family) + " (tensor " + inQuotes(tensor.name) +
                               "); open a Stable Diffusion 1.x, 2.x or SDXL model.");
}

std::optional<Prefix> prefixOf(std::string_view name) {
    for (const Prefix& prefix : kPrefixes)
        if (name.starts_with(prefix.text)) return prefix;
    return std::nullopt;
}

std::string_view barePart(const TensorTable& file) {
    for (const StoredTensor& tensor : file.tensors())
        for (const auto& [start, part] : kBareParts)
            if (tensor.name.starts_with(start)) return part;
    return {};
}

/// A part's tensors under the file's names without prefix, and the prefix.
struct RawPart {
    TensorTable tensors;
    std::string prefix;
};

bool holds(const TensorTable& tensors, std::initializer_list<std::string_view> starts) {
    return std::any_of(tensors.tensors().begin(), tensors.tensors().end(), [&](const StoredTensor& tensor) {
        return std::any_of(starts.begin(), starts.end(), [&](auto start) { return tensor.name.starts_with(start); });
    });
}

/// Puts the tensors of one part under diffusers' names.
class Renaming {
public:
    Renaming(RawPart part, LdmNames names)
        : m_raw(std::move(part)), m_names(std::move(names)), m_result(m_raw.tensors.source()) {
        m_result.speakAs(
            [names = m_names, prefix = m_raw.prefix](const std::string& name) {
                const std::string ldm = names.toLdm(name);
                return prefix + (ldm.empty() ? name : ldm);
            },
            "fetch the file again, or name the model it was made from to lend its configuration");
    }

    TensorTable renamed() && {
        for (const StoredTensor& tensor : m_raw.tensors.tensors()) {
            const std::vector<std::string> names = m_names.toDiffusers(tensor.name);
            if (names.empty())
                add(tensor, tensor.name); // nobody asks for it, so it will be named as surplus
            else if (names.size() == 1)
                addOne(tensor, names.front());
            else
                addPieces(tensor, names);
        }
        return std::move(m_result);
    }

private:
    void add(StoredTensor tensor, std::string name) {
        tensor.name = std::move(name);
        m_result.add(std::move(tensor));
    }

    void addOne(StoredTensor tensor, const std::string& name) {
        if (tensor.name == kOpenClipProjection && tensor.shape.size() == 2) {
            std::swap(tensor.shape[0], tensor.shape[1]);
            tensor.load = [inner = tensor.load] { return inner().t().contiguous(); };
        }
        add(std::move(tensor), name);
    }

    /// The tensor holds its pieces one after the other.
    void addPieces(const StoredTensor& tensor, const std::vector<std::string>& names) {
        const auto count = static_cast<std::int64_t>(names.size());
        if (tensor.shape.empty() || tensor.shape.front() % count != 0)
            throw badInput(m_result.source() + ": tensor " + inQuotes(m_raw.prefix + tensor.name) +
                           " does not divide into queries, keys and values; fetch the file again.");
        const std::int64_t rows = tensor.shape.front() / count;
        for (std::int64_t i = 0; i < count; ++i) {
            StoredTensor piece = tensor;
            piece.shape.front() = rows;
            piece.bytes /= names.size();
            const std::size_t size = tensor.stored.size() / names.size();
            piece.stored = tensor.stored.subspan(size * static_cast<std::size_t>(i), size);
            piece.load = [inner = tensor.load, i, rows] { return inner().narrow(0, i * rows, rows); };
            add(std::move(piece), names[static_cast<std::size_t>(i)]);
        }
    }

    RawPart m_raw;
    LdmNames m_names;
    TensorTable m_result;
};

/// Diffusers' names stay, whatever is in front of them.
TensorTable asTheyAre(RawPart part) {
    part.tensors.speakAs([prefix = part.prefix](const std::string& name) { return prefix + name; },
                         "fetch the file again, or name the model it was made from to lend its configuration");
    return std::move(part.tensors);
}

/// The number of layers, by names such as "transformer.resblocks.22.ln_1.bias".
int layersAfter(const TensorTable& tensors, std::string_view start) {
    constexpr int kMostLayers = 1000;
    int layers = 0;
    for (const StoredTensor& tensor : tensors.tensors()) {
        if (!tensor.name.starts_with(start)) continue;
        int index = 0;
        const char* digits = tensor.name.data() + start.size();
        const auto parsed = std::from_chars(digits, tensor.name.data() + tensor.name.size(), index);
        if (parsed.ec == std::errc() && index >= 0 && index < kMostLayers) layers = std::max(layers, index + 1);
    }
    return layers;
}

/// The same without "transformer." or "model.", by which the original wraps its encoders, and with the "text_model."
/// that some files lack.
RawPart unwrapped(const RawPart& part) {
    RawPart result{TensorTable(part.tensors.source()), part.prefix};
    const bool openClip = holds(part.tensors, {"model.transformer.resblocks.", "model.token_embedding."});
    const bool wrapped = holds(part.tensors, {"transformer.text_model.", "transformer.embeddings."});
    const std::string_view wrapper = openClip ? "model." : wrapped ? "transformer." : "";
    result.prefix += wrapper;
    const bool short_ = holds(part.tensors, {"transformer.embeddings.", "embeddings.token_embedding."});
    for (StoredTensor tensor : part.tensors.tensors()) {
        if (tensor.name.starts_with(wrapper)) tensor.name.erase(0, wrapper.size());
        if (short_ && !tensor.name.starts_with("text_projection")) tensor.name.insert(0, "text_model.");
        result.tensors.add(std::move(tensor));
    }
    return result;
}

TensorTable without(const TensorTable& tensors, const auto& drops) {
    TensorTable rest = tensors.emptied();
    for (const StoredTensor& tensor : tensors.tensors())
        if (!drops(tensor.name)) rest.add(tensor);
    return rest;
}

SortedPart sortedText(const std::string& name, const RawPart& wrapped) {
    RawPart part = unwrapped(wrapped);
    SortedPart result{name, TensorTable(part.tensors.source()), false, false};
    constexpr std::string_view kLayers = "transformer.resblocks.";
    // The first encoder's text is not projected; where a file has the matrix, nobody reads it.
    const bool projected = part.tensors.find(kOpenClipProjection) || part.tensors.find("text_projection.weight");
    if (name == "text_encoder")
        part.tensors =
            without(part.tensors, [](const std::string& each) { return each.starts_with(kOpenClipProjection); });
    result.openClip = holds(part.tensors, {kLayers});
    if (!result.openClip) {
        result.tensors = asTheyAre(std::move(part));
        return result;
    }
    const int layers = layersAfter(part.tensors, kLayers);
    result.wholeTower = projected || layers == kWholeTowerLayers;
    result.tensors = Renaming(std::move(part), LdmNames::openClip(layers)).renamed();
    return result;
}

/// The autoencoder's attention projections, which are 1x1 convolutions in the original, as diffusers has them.
TensorTable withMatrices(TensorTable autoencoder) {
    for (StoredTensor tensor : std::vector(autoencoder.tensors())) {
        const bool isMatrix = tensor.name.find(".attentions.") != std::string::npos && tensor.shape.size() > 2;
        if (!isMatrix || !std::all_of(tensor.shape.begin() + 2, tensor.shape.end(), [](auto n) { return n == 1; }))
            continue;
        tensor.shape.resize(2);
        tensor.load = [inner = tensor.load, shape = tensor.shape] { return inner().reshape(shape); };
        autoencoder.replace(std::move(tensor));
    }
    return autoencoder;
}

SortedPart sorted(const std::string& name, RawPart part) {
    if (name.starts_with("text_encoder")) return sortedText(name, part);
    const bool isUNet = name == "unet";
    const bool original = isUNet ? holds(part.tensors, {"input_blocks.", "middle_block."})
                                 : holds(part.tensors, {"encoder.down.", "decoder.up.", "encoder.mid."});
    SortedPart result{name, TensorTable(part.tensors.source()), false, false};
    if (!original)
        result.tensors = asTheyAre(std::move(part));
    else if (isUNet)
        result.tensors = Renaming(part, LdmNames::unet(UNetLayout::ofLdm(part.tensors))).renamed();
    else
        result.tensors = Renaming(part, LdmNames::autoencoder(AutoencoderLayout::ofLdm(part.tensors))).renamed();
    if (!isUNet) result.tensors = withMatrices(std::move(result.tensors));
    return result;
}

/// Throws BadInput for tensors that belong to no part.
std::map<std::string, RawPart, std::less<>> rawParts(const TensorTable& file) {
    std::map<std::string, RawPart, std::less<>> parts;
    const std::string_view bare = barePart(file);
    std::vector<std::string> unclaimed;
    for (const StoredTensor& tensor : file.tensors()) {
        if (isDropped(tensor.name)) continue;
        const Prefix place = prefixOf(tensor.name).value_or(Prefix{"", bare});
        if (place.part.empty()) {
            unclaimed.push_back(tensor.name);
            continue;
        }
        StoredTensor inner = tensor;
        inner.name.erase(0, place.text.size());
        const RawPart fresh{TensorTable(file.source()), std::string(place.text)};
        parts.try_emplace(std::string(place.part), fresh).first->second.tensors.add(std::move(inner));
    }
    if (parts.empty())
        throw badInput(file.source() + " holds no tensors of a UNet, autoencoder or CLIP text encoder; open a Stable "
                                       "Diffusion 1.x, 2.x or SDXL model.");
    if (!unclaimed.empty())
        throw badInput(file.source() + " holds " + listedTensors(unclaimed) +
                       " that belong to no part of a Stable Diffusion model; fetch the file again.");
    return parts;
}

} // namespace

const SortedPart* SortedFile::find(std::string_view part) const {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const SortedPart& each) { return each.name == part; });
    return found == parts.end() ? nullptr : &*found;
}

SortedFile sortedByPart(const TensorTable& file) {
    refuseStrangers(file);
    SortedFile result;
    result.predictsVelocity = file.find(kVelocityMarker) != nullptr;
    result.zeroTerminalSnr = file.find(kZeroSnrMarker) != nullptr;
    auto raw = rawParts(file);
    for (const PartKind& kind : partKinds())
        if (const auto found = raw.find(kind.name); found != raw.end())
            result.parts.push_back(sorted(kind.name, std::move(found->second)));
    return result;
}

TensorTable withLayers(const TensorTable& textEncoder, int layers) {
    const int has = layersAfter(textEncoder, "text_model.encoder.layers.");
    return without(textEncoder, [&](const std::string& name) {
        for (int i = layers; i < has; ++i)
            if (name.starts_with("text_model.encoder.layers." + std::to_string(i) + ".")) return true;
        return false;
    });
}

} // namespace ldm
