#pragma once

#include <ldm/checkpoint.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// The networks that a pipeline may have, in the order in which they are described, and the classes they may be of.
struct PartKind {
    const char* name;
    std::vector<std::string_view> classes;
    const char* tokenizer; ///< the entry of model_index.json that goes with a text encoder, else null
};
const std::vector<PartKind>& partKinds();

/// The entries of a pipeline's model_index.json that are networks of ours and not null, in the order of partKinds().
/// Throws BadInput for pipelines and classes that are not computed here, and for parts nobody knows.
std::vector<const PartKind*> partsOf(const nlohmann::json& modelIndex, const std::string& file);

/// Text encoders that a pipeline needs for a prompt: 1, or 2 for SDXL.
std::size_t textEncodersOf(std::string_view pipelineClass);

/// The text under a key; empty where there is none.
std::string textUnder(const nlohmann::json& object, const char* key);

/// The class that a model_index.json names for a part; empty where it is null or absent.
std::string classOf(const nlohmann::json& modelIndex, const std::string& part);

/// A diffusers folder as it stands, without LoRAs and without what another model lends.
Checkpoint openDiffusersFolder(const std::filesystem::path& folder);

/// A .safetensors or .gguf file as it stands. What it does not tell is taken from `base` where that has the same
/// tensors, else from its family. `prediction` as in OpenRequest.
Checkpoint openSingleFile(const std::filesystem::path& file, const std::string& prediction, const Checkpoint* base);

enum class FileKind { Safetensors, Gguf };
/// By what the file begins with; its name decides nothing but which error follows. Throws BadInput for pickled files
/// with the reason, and for whatever else cannot be the `wanted`: a "model" or a "LoRA".
FileKind kindOfFile(const std::filesystem::path& file, const std::string& wanted = "model");

/// What the UNet predicts, by the scheduler's configuration.
std::string predictionOf(const Checkpoint& checkpoint);

/// Throws BadInput if a model that says what it predicts is asked for something else; `prediction` may be empty.
void requirePrediction(const Checkpoint& checkpoint, const std::string& prediction);

/// Takes the parts that a checkpoint lacks from another one.
void borrow(Checkpoint& checkpoint, const Checkpoint& base);

} // namespace ldm
