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
/// A text encoder's tokenizer may be missing. Throws BadInput for pipelines and classes that are not computed here, and
/// for parts nobody knows.
std::vector<const PartKind*> partsOf(const nlohmann::json& modelIndex, const std::string& file);

/// Text encoders that a pipeline needs for a prompt: 1, or 2 for SDXL.
std::size_t textEncodersOf(std::string_view pipelineClass);

/// The text under a key; empty where there is none.
std::string textUnder(const nlohmann::json& object, const char* key);

/// True if a model_index.json has an entry for a part that is not null, nor two nulls.
bool hasEntry(const nlohmann::json& modelIndex, const std::string& part);

/// The class that a model_index.json names for a part; empty where it is null or absent.
std::string classOf(const nlohmann::json& modelIndex, const std::string& part);

/// Gives the scheduler's configuration the class that the pipeline's names, whatever it says itself, as diffusers does;
/// a pipeline that names none leaves it its own. `index` names the pipeline's configuration in messages. Throws
/// BadInput where none is named, and for an entry that is no pair of library and class.
void resolveScheduler(Checkpoint& checkpoint, const std::string& index);

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

/// Takes the parts that a checkpoint lacks from another one, tokenizers included.
void borrow(Checkpoint& checkpoint, const Checkpoint& base);

} // namespace ldm
