#include "folder.h"

#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <regex>
#include <set>

namespace quant {

namespace fs = std::filesystem;

namespace {

bool isWeightFile(const fs::path& path) {
    static const std::set<std::string> extensions{".safetensors", ".bin", ".ckpt", ".pt",        ".pth", ".msgpack",
                                                  ".onnx",        ".h5",  ".gguf", ".onnx_data", ".pb"};
    const std::string name = path.filename().string();
    return extensions.contains(path.extension().string()) || name.find(".safetensors.index.") != std::string::npos ||
           name.find(".bin.index.") != std::string::npos;
}

/// The weights of a part that is none of ours, such as a safety checker: they belong to the pipeline.
bool isOtherPart(const fs::path& relative) {
    static const std::set<std::string> ours{"", "unet", "vae", "text_encoder", "text_encoder_2"};
    return !ours.contains(relative.parent_path().string());
}

/// What tells how the weights of one of our parts were quantized, which they are no more.
bool isQuantizationFile(const fs::path& relative) {
    static const std::set<std::string> names{"quantization_config.json", "quanto_qmap.json"};
    return !isOtherPart(relative) && names.contains(relative.filename().string());
}

/// What of the source goes along as it is, relative to its folder: all files that are no weights of ours. Hidden files
/// and folders (version control), variants and other containers of our parts' weights stay behind.
std::vector<fs::path> plainFiles(const fs::path& folder) {
    std::vector<fs::path> files;
    for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        const fs::path relative = entry->path().lexically_relative(folder);
        if (entry->is_regular_file() && (!isWeightFile(relative) || isOtherPart(relative)) &&
            !isQuantizationFile(relative))
            files.push_back(relative);
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Rewrites a configuration that is there already where that changes it, keeping the order of its keys.
void configure(ExportJob& job, const fs::path& file, const std::function<void(nlohmann::ordered_json&)>& change) {
    const nlohmann::ordered_json before = nlohmann::ordered_json::parse(ldm::readTextFile(file));
    nlohmann::ordered_json json = before;
    json.erase("quantization_config"); // of the source, whose weights are no more what it says
    if (change) change(json);
    if (json == before) return;
    job.report().bytes -= fs::file_size(file);
    job.writeText(file, json.dump(2) + '\n');
}

} // namespace

bool isFileOfExports(const fs::path& file) {
    static const std::regex names(
        "(unet|vae|vae_decoder|vae_encoder|text_encoder|text_encoder_2)/"
        "(config\\.json|(diffusion_pytorch_)?model(\\.fp16)?\\.safetensors|model\\.onnx(_data)?|"
        "quantization_config\\.json|quanto_qmap\\.json)"
        "|(tokenizer|tokenizer_2)/(vocab\\.json|merges\\.txt|tokenizer_config\\.json|special_tokens_map\\.json)"
        "|scheduler/scheduler_config\\.json|model_index\\.json|noisefloor\\.recipe\\.json|weight\\.yaml|act\\.yaml");
    return std::regex_match(file.generic_string(), names);
}

void copyPlainFiles(ExportJob& job, const fs::path& aside) {
    const fs::path& source = job.model().path;
    if (!fs::is_directory(source)) return;
    for (const fs::path& file : plainFiles(source)) {
        job.checkStop();
        if (job.checkpoint().borrowed && file == "model_index.json") continue; // does not know the lent parts
        if (file == kExportedRecipeFile) continue;                             // that of an earlier export
        fs::create_directories((aside / file).parent_path());
        fs::copy_file(source / file, aside / file);
        job.report().bytes += fs::file_size(aside / file);
    }
}

void writeConfigurations(ExportJob& job, const fs::path& aside) {
    for (const auto& [file, text] : ldm::configurationFiles(job.checkpoint()))
        if (!fs::exists(aside / file)) job.writeText(aside / file, text);
}

void writeDiffusersFolder(ExportJob& job, const fs::path& aside,
                          const std::function<FolderPart(const ldm::PartSource&)>& partOf, const std::string& variant) {
    fs::create_directory(aside);
    copyPlainFiles(job, aside);
    writeConfigurations(job, aside);
    for (const ldm::PartSource& source : job.checkpoint().parts) {
        job.checkStop();
        const FolderPart part = partOf(source);
        const fs::path file = aside / weightFile(source.name, variant);
        fs::create_directories(file.parent_path());
        job.writeTensors(file, source.name, part.tensors, job.provenance());
        configure(job, file.parent_path() / "config.json", part.configure);
        for (const auto& [name, text] : part.files) job.writeText(file.parent_path() / name, text);
    }
    job.writeRecipe(aside / kExportedRecipeFile);
    job.noteRounding();
    job.checkStop();
}

} // namespace quant
