#pragma once

#include <ldm/weights.h>

#include <filesystem>
#include <string>
#include <vector>

namespace quant {

/// One network of an export: its tensors by diffusers name, decoded when they are read.
struct ExportedPart {
    std::string name; ///< "unet"
    ldm::TensorTable tensors;
};

/// An export opened again, whatever its format.
struct ExportedModel {
    std::string container; ///< "GGUF file", "ONNX folder"
    std::vector<ExportedPart> parts;
    std::string recipe;   ///< that it carries, as text; may be empty
    bool isGraph = false; ///< of ONNX, which can be run

    const ExportedPart* find(std::string_view part) const;
};

/// Throws BadInput for what is no export, and as ldm::openCheckpoint() and onnx::readModel() do.
ExportedModel openExport(const std::filesystem::path& path);

} // namespace quant
