#pragma once

#include <ldm/model.h>
#include <ldm/tokenizer.h>
#include <ldm/weights.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// One network of a checkpoint before it is built: its configuration and its tensors by diffusers name.
struct PartSource {
    std::string name;       ///< "unet", "vae", "text_encoder", "text_encoder_2"
    std::string className;  ///< "UNet2DConditionModel"
    nlohmann::json config;  ///< as in the part's config.json, also where it was derived from the tensors
    std::string configName; ///< where the configuration comes from, for messages
    TensorTable tensors;
    TokenizerFiles tokenizer = {}; ///< of a text encoder
};

/// Everything a container holds, whatever its kind: from here on a diffusers folder, a single file and a GGUF file are
/// the same. Weights are mapped, nothing is converted.
struct Checkpoint {
    std::string name; ///< of the model: folder or file name without extension
    std::filesystem::path path;
    std::string container;     ///< "diffusers folder", "single-file checkpoint", "GGUF file"
    std::string pipelineClass; ///< "StableDiffusionXLPipeline"
    std::vector<PartSource> parts;
    nlohmann::json scheduler;      ///< scheduler_config.json
    std::string schedulerName;     ///< where that comes from, for messages
    nlohmann::json pipelineConfig; ///< model_index.json, or its equivalent
    bool borrowed = false;         ///< some parts are lent by another model
    std::string fingerprint;       ///< "sha256:..."
    std::vector<LoraInfo> loras;   ///< merged into the parts' tensors

    const PartSource* find(std::string_view part) const;
};

/// Opens whatever `request.model` names, borrows what it lacks from `request.base` and merges its LoRAs. What a file is
/// says its content, not its name. Throws BadInput with file, place and remedy.
Checkpoint openCheckpoint(const OpenRequest& request);

/// One part of a diffusers folder: its configuration and weights, plain, as variant fp16 or in shards with an index.
PartSource openPart(const std::filesystem::path& model, const std::string& part, const std::string& className);

/// The files that describe a checkpoint in a diffusers folder, all but the weights, by path relative to it.
std::map<std::string, std::string> configurationFiles(const Checkpoint& checkpoint);

/// The metadata key of a single file under which configurations and tokenizers travel that its tensors do not tell.
inline constexpr const char* kCarriedConfigsKey = "noisefloor.configs";
/// What stands under that key: a JSON object of model_index, scheduler, each part's config and each tokenizer's files,
/// without CLIP's own vocabulary.
std::string carriedConfigs(const Checkpoint& checkpoint);

} // namespace ldm
