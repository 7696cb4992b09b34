#include "containers.h"
#include "fingerprint.h"

#include <ldm/error.h>
#include <ldm/lora.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>

namespace ldm {

namespace fs = std::filesystem;

namespace {

fs::path placeOf(const std::string& pathOrName) {
    std::error_code ignored;
    if (fs::exists(pathOrName, ignored)) return fs::canonical(pathOrName);
    const std::vector<std::string> embedded = embeddedModels();
    if (std::find(embedded.begin(), embedded.end(), pathOrName) != embedded.end())
        return fs::canonical(resourceFolder() / "models" / pathOrName);
    std::string names;
    for (const std::string& name : embedded) names += (names.empty() ? "" : ", ") + name;
    throw badInput(pathOrName +
                   " is neither a folder nor a file nor an embedded model; check the path or use one of: " + names +
                   ".");
}

std::string firstBytes(const fs::path& file) {
    std::string bytes(9, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
}

bool hasExtension(const fs::path& file, std::initializer_list<std::string_view> extensions) {
    return std::find(extensions.begin(), extensions.end(), file.extension().string()) != extensions.end();
}

Checkpoint openPlace(const fs::path& place, const std::string& prediction, const Checkpoint* base) {
    if (fs::is_directory(place)) {
        Checkpoint folder = openDiffusersFolder(place);
        requirePrediction(folder, prediction);
        return folder;
    }
    return openSingleFile(place, prediction, base);
}

std::optional<Checkpoint> openBase(const OpenRequest& request) {
    if (request.base.empty()) return std::nullopt;
    return openPlace(placeOf(request.base), {}, nullptr);
}

void requireKnownPrediction(const std::string& prediction) {
    static const std::set<std::string> known{"", "epsilon", "v_prediction", "sample"};
    if (!known.contains(prediction))
        throw badInput("the prediction type " + inQuotes(prediction) +
                       " is unknown; name epsilon, v_prediction or sample.");
}

} // namespace

const PartSource* Checkpoint::find(std::string_view part) const {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const PartSource& each) { return each.name == part; });
    return found == parts.end() ? nullptr : &*found;
}

FileKind kindOfFile(const fs::path& file, const std::string& wanted) {
    if (!fs::is_regular_file(file))
        throw badInput(file.string() + " is neither a folder nor a file; name a " + wanted + ".");
    const std::string begin = firstBytes(file);
    if (begin.starts_with("GGUF")) return FileKind::Gguf;
    if (begin.size() == 9 && begin[8] == '{') return FileKind::Safetensors;
    // Plain pickles, and the zip archives of newer ones.
    const bool pickled = begin.starts_with("PK\x03\x04") || begin.starts_with('\x80');
    if (pickled || hasExtension(file, {".ckpt", ".pt", ".pth", ".bin", ".pkl"}))
        throw badInput(file.string() + " is pickled, and such a file may run code when opened; fetch the " + wanted +
                       " as .safetensors, or convert it where you trust it.");
    if (hasExtension(file, {".safetensors"})) return FileKind::Safetensors; // opening it tells what is wrong
    if (hasExtension(file, {".gguf"})) return FileKind::Gguf;
    const bool model = wanted == "model";
    throw badInput(file.string() + " is no " + wanted + " file that this version reads; open a " +
                   (model ? "diffusers folder, a .safetensors or a .gguf file." : ".safetensors file."));
}

std::string predictionOf(const Checkpoint& checkpoint) {
    const std::string own = textUnder(checkpoint.scheduler, "prediction_type");
    return own.empty() ? "epsilon" : own;
}

void requirePrediction(const Checkpoint& checkpoint, const std::string& prediction) {
    const std::string own = predictionOf(checkpoint);
    if (!prediction.empty() && prediction != own)
        throw badInput(checkpoint.path.string() + " says itself that it predicts " + inQuotes(own) +
                       "; leave the prediction type to it.");
}

void borrow(Checkpoint& checkpoint, const Checkpoint& base) {
    std::vector<PartSource> parts;
    const auto takeEntry = [&](const char* name) {
        checkpoint.borrowed = true;
        checkpoint.pipelineConfig[name] = base.pipelineConfig.value(name, nlohmann::json());
    };
    for (const PartKind& kind : partKinds()) {
        const bool wanted =
            std::string_view(kind.name) != "text_encoder_2" || textEncodersOf(checkpoint.pipelineClass) == 2;
        const PartSource* own = checkpoint.find(kind.name);
        const PartSource* lent = wanted ? base.find(kind.name) : nullptr;
        if (!own && !lent) continue;
        PartSource& part = parts.emplace_back(own ? *own : *lent);
        const bool lendsTokenizer = lent && part.tokenizer.texts.empty() && !lent->tokenizer.texts.empty();
        if (lendsTokenizer) part.tokenizer = lent->tokenizer;
        if (!own) takeEntry(kind.name);
        if (kind.tokenizer && (!own || lendsTokenizer)) takeEntry(kind.tokenizer);
    }
    checkpoint.parts = std::move(parts);
}

Checkpoint openCheckpoint(const OpenRequest& request) {
    requireKnownPrediction(request.prediction);
    const std::optional<Checkpoint> base = openBase(request);
    Checkpoint checkpoint = openPlace(placeOf(request.model), request.prediction, base ? &*base : nullptr);
    if (base) borrow(checkpoint, *base);
    if (!checkpoint.find("unet"))
        throw badInput(checkpoint.path.string() + " holds no UNet; name a model that lends one.");
    checkpoint.fingerprint = fingerprintOf(checkpoint);
    for (const LoraChoice& lora : request.loras) mergeLora(checkpoint, lora);
    checkpoint.fingerprint = fingerprintWith(checkpoint.fingerprint, checkpoint.loras);
    return checkpoint;
}

} // namespace ldm
