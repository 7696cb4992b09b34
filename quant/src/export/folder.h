#pragma once

#include "job.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>

namespace quant {

/// What a format makes of one part of a diffusers folder.
struct FolderPart {
    std::vector<BakedTensor> tensors; ///< of its weight file
    /// Changes its config.json; empty leaves it as it is.
    std::function<void(nlohmann::ordered_json&)> configure = {};
    std::map<std::string, std::string> files = {}; ///< more files, by name within the part's folder
};

/// Whether a file of an exported folder, by its path within it, has a name that exports give: weights, graphs,
/// configurations, tokenizers. What goes along from a model, such as its model card, has not.
bool isFileOfExports(const std::filesystem::path& file);

/// Writes a diffusers folder: what goes along from the source, configurations, each part's weights as `partOf` makes
/// them, and the recipe. `variant` as ExportOptions says.
void writeDiffusersFolder(ExportJob& job, const std::filesystem::path& aside,
                          const std::function<FolderPart(const ldm::PartSource&)>& partOf,
                          const std::string& variant = {});

/// Copies what of the source folder is no weight of ours; nothing for other containers.
void copyPlainFiles(ExportJob& job, const std::filesystem::path& aside);
/// The configurations that were not copied: those of a single file, or of parts that another model lent.
void writeConfigurations(ExportJob& job, const std::filesystem::path& aside);

} // namespace quant
