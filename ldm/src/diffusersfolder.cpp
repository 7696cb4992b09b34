#include "containers.h"
#include "quantized/quantizedparts.h"
#include "shards.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <algorithm>

namespace ldm {

namespace fs = std::filesystem;

namespace {

/// Pipelines whose UNet, autoencoder and text encoders are computed the same way, whatever they start from.
constexpr std::array<std::string_view, 8> kPipelines = {
    "StableDiffusionPipeline",        "StableDiffusionImg2ImgPipeline",       "StableDiffusionInpaintPipeline",
    "StableDiffusionXLPipeline",      "StableDiffusionXLImg2ImgPipeline",     "StableDiffusionXLInpaintPipeline",
    "LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline"};

/// Entries that do not change the picture: filters, what prepares their input, and what other entries belong to.
constexpr std::array<std::string_view, 6> kOtherParts = {"scheduler",         "tokenizer",      "tokenizer_2",
                                                         "feature_extractor", "safety_checker", "image_encoder"};

template <typename Names> std::string listed(const Names& names) {
    std::string text;
    for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

template <typename Names> bool holds(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool isNull(const nlohmann::json& entry) {
    return entry.is_null() || (entry.is_array() && entry.size() == 2 && entry[0].is_null() && entry[1].is_null());
}

/// A network beyond ours would take part in the computation unnoticed.
void refuseOtherNetworks(const nlohmann::json& index, const std::string& file) {
    for (const auto& [name, entry] : index.items()) {
        const bool isPart = entry.is_array() && entry.size() == 2 && !isNull(entry);
        if (!isPart || holds(kOtherParts, name)) continue;
        const auto& kinds = partKinds();
        if (std::none_of(kinds.begin(), kinds.end(), [&](const PartKind& kind) { return name == kind.name; }))
            throw badInput(file + ": the part " + inQuotes(name) + " of class " + entry[1].dump() +
                           " is not computed by this version; open a model without it.");
    }
}

void requireClass(const nlohmann::json& index, const char* part, const std::vector<std::string_view>& classes,
                  const std::string& file) {
    const auto found = index.find(part);
    if (found == index.end() || !found->is_array() || found->size() != 2)
        throw badInput(file + ": the entry \"" + part + "\" with library and class is missing; complete the file.");
    const nlohmann::json& name = (*found)[1];
    if (!name.is_string() || !holds(classes, name.get_ref<const std::string&>()))
        throw badInput(file + ": the " + part + " is of class " + name.dump() + ", but this version computes " +
                       listed(classes) + " only; open a model of that kind.");
}

std::string requirePipeline(const nlohmann::json& index, const std::string& file) {
    const auto found = index.find("_class_name");
    if (found == index.end() || found->is_null())
        throw badInput(file + ": the key \"_class_name\" with the pipeline's class is missing; complete the file.");
    std::string pipeline = textUnder(index, "_class_name");
    if (!holds(kPipelines, pipeline))
        throw badInput(file + ": the pipeline is " + inQuotes(found->is_string() ? pipeline : found->dump()) +
                       ", but this version computes " + listed(kPipelines) + " only; open a model of that kind.");
    if (index.value("requires_aesthetics_score", nlohmann::json()) == true)
        throw badInput(file + ": \"requires_aesthetics_score\" belongs to a refiner, which is not computed by this "
                              "version; open a base model.");
    return pipeline;
}

} // namespace

const std::vector<PartKind>& partKinds() {
    static const std::vector<PartKind> kinds{{"unet", {"UNet2DConditionModel"}, nullptr},
                                             {"vae", {"AutoencoderKL", "AutoencoderTiny"}, nullptr},
                                             {"text_encoder", {"CLIPTextModel"}, "tokenizer"},
                                             {"text_encoder_2", {"CLIPTextModelWithProjection"}, "tokenizer_2"}};
    return kinds;
}

std::size_t textEncodersOf(std::string_view pipelineClass) {
    return pipelineClass.starts_with("StableDiffusionXL") ? 2 : 1;
}

std::string textUnder(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool hasEntry(const nlohmann::json& modelIndex, const std::string& part) {
    const auto found = modelIndex.find(part);
    return found != modelIndex.end() && !isNull(*found);
}

std::string classOf(const nlohmann::json& modelIndex, const std::string& part) {
    const auto found = modelIndex.find(part);
    const bool named = found != modelIndex.end() && found->is_array() && found->size() == 2 && (*found)[1].is_string();
    return named ? (*found)[1].get<std::string>() : std::string();
}

void resolveScheduler(Checkpoint& checkpoint, const std::string& index) {
    constexpr const char* kPart = "scheduler";
    constexpr const char* kClass = "_class_name";
    const nlohmann::json& pipeline = checkpoint.pipelineConfig;
    const std::string own = textUnder(checkpoint.scheduler, kClass), named = classOf(pipeline, kPart);
    if (hasEntry(pipeline, kPart)) {
        if (named.empty() || !pipeline[kPart][0].is_string())
            throw badInput(index + ": the entry \"scheduler\" must be a list of library and class, such as "
                                   "[\"diffusers\", \"PNDMScheduler\"]; correct it.");
        if (named == own) return;
        checkpoint.scheduler[kClass] = named;
        checkpoint.schedulerName += " (with the class from model_index.json)";
    } else if (own.empty()) {
        throw badInput(index + ": the entry \"scheduler\" with library and class is missing, and " +
                       checkpoint.schedulerName + " names no class either; complete the file.");
    }
}

std::vector<const PartKind*> partsOf(const nlohmann::json& modelIndex, const std::string& file) {
    const std::string pipeline = requirePipeline(modelIndex, file);
    refuseOtherNetworks(modelIndex, file);
    std::vector<const PartKind*> parts;
    for (const PartKind& kind : partKinds()) {
        const bool named = hasEntry(modelIndex, kind.name), there = modelIndex.contains(kind.name);
        const bool second = std::string_view(kind.name) == "text_encoder_2";
        if (second && textEncodersOf(pipeline) < 2) {
            if (named)
                throw badInput(file + ": a " + pipeline + " has no " + kind.name + "; correct its \"_class_name\".");
            continue;
        }
        if (there && !named && std::string_view(kind.name) != "unet") continue;
        requireClass(modelIndex, kind.name, kind.classes, file);
        if (kind.tokenizer && hasEntry(modelIndex, kind.tokenizer))
            requireClass(modelIndex, kind.tokenizer, {"CLIPTokenizer", "CLIPTokenizerFast"}, file);
        parts.push_back(&kind);
    }
    return parts;
}

PartSource openPart(const fs::path& model, const std::string& part, const std::string& className) {
    const fs::path folder = model / part;
    if (!fs::is_directory(folder))
        throw badInput(folder.string() + " does not exist; the folder of a diffusers pipeline has all its parts.");
    const fs::path config = folder / "config.json";
    nlohmann::json json = readJsonObject(config);
    const bool isText = className.starts_with("CLIP");
    PartSource source{part,
                      className,
                      std::move(json),
                      config.string(),
                      openWeights(folder, isText ? "model" : "diffusion_pytorch_model"),
                      {}};
    decodeQuantized(source, folder);
    return source;
}

Checkpoint openDiffusersFolder(const fs::path& folder) {
    const fs::path index = folder / "model_index.json";
    if (!fs::exists(index))
        throw badInput(folder.string() + " has no model_index.json; name the folder of a diffusers pipeline.");
    Checkpoint model;
    model.name = folder.filename().string();
    model.path = folder;
    model.container = "diffusers folder";
    model.pipelineConfig = readJsonObject(index);
    model.pipelineClass = textUnder(model.pipelineConfig, "_class_name");
    for (const PartKind* kind : partsOf(model.pipelineConfig, index.string())) {
        model.parts.push_back(openPart(folder, kind->name, classOf(model.pipelineConfig, kind->name)));
        if (kind->tokenizer && hasEntry(model.pipelineConfig, kind->tokenizer))
            model.parts.back().tokenizer = TokenizerFiles::of(folder / kind->tokenizer);
    }
    const fs::path scheduler = folder / "scheduler" / "scheduler_config.json";
    model.scheduler = readJsonObject(scheduler);
    model.schedulerName = scheduler.string();
    resolveScheduler(model, index.string());
    return model;
}

} // namespace ldm
