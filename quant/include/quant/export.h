#pragma once

#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace quant {

enum class ExportFormat {
    Diffusers,  ///< folder, quantized values baked into fp16 weights
    Checkpoint, ///< one .safetensors in the original LDM layout (export of key names: diffusers' conversion table)
    Recipe,     ///< the recipe file alone
};

struct ExportFormatInfo {
    ExportFormat format;
    std::string_view name;        ///< on the command line: "diffusers", "checkpoint", "recipe"
    std::string_view description; ///< one line, for people
    std::string_view suffix;      ///< of the file it writes; empty for a folder
};
const std::vector<ExportFormatInfo>& exportFormats();

/// The recipe in an exported folder, and what marks the folder as an export: --overwrite replaces no other folder.
inline constexpr const char* kExportedRecipeFile = "noisefloor.recipe.json";

struct ExportRequest {
    ExportFormat format = ExportFormat::Diffusers;
    std::filesystem::path path;
    bool overwrite = false; ///< an existing target is refused otherwise
    /// How the pictures are made whose layer inputs smoothing and error feedback are fitted to; see calibrationRuns().
    ldm::GenerateSettings sampling = {};
};

struct ExportReport {
    std::filesystem::path path;
    std::uint64_t bytes = 0;  ///< written in all
    std::int64_t tensors = 0; ///< written, re-read and compared
    std::int64_t quantizedLayers = 0;
    std::vector<std::string> notes; ///< what the format could not carry, such as activation formats
};

/// Writes aside, re-reads with the strict reader, compares tensor by tensor, then renames. Throws WriteFailed or
/// BadInput and leaves nothing behind; a stopped export returns nothing and leaves nothing either. Recipes whose weight
/// formats vary over time are refused for baked formats.
std::optional<ExportReport> exportModel(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request,
                                        std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

} // namespace quant
