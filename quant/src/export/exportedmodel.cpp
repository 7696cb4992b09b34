#include "exportedmodel.h"

#include "../onnx/deployed.h"

#include <quant/export.h>

#include <ldm/checkpoint.h>
#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/gguf.h>
#include <ldm/safetensors.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRecipeKey = "noisefloor.recipe";
constexpr const char* kGraphFile = "model.onnx";

std::string under(const std::map<std::string, std::string>& metadata) {
    const auto found = metadata.find(kRecipeKey);
    return found == metadata.end() ? std::string() : found->second;
}

/// The recipe of an export of ours that opens as a model.
std::string carriedRecipe(const fs::path& path, const std::string& container) {
    if (fs::is_directory(path))
        return fs::exists(path / kExportedRecipeFile) ? ldm::readTextFile(path / kExportedRecipeFile) : std::string();
    if (container != "GGUF file") return under(ldm::SafetensorsFile::open(path).metadata());
    const ldm::GgufFile file = ldm::GgufFile::open(path);
    const std::string* text = file.text(kRecipeKey);
    return text ? *text : std::string();
}

ExportedModel openedAsModel(const fs::path& path) {
    ldm::OpenRequest request;
    request.model = path.string();
    const ldm::Checkpoint checkpoint = ldm::openCheckpoint(request);
    ExportedModel result{checkpoint.container, {}, carriedRecipe(path, checkpoint.container)};
    for (const ldm::PartSource& part : checkpoint.parts) result.parts.push_back({part.name, part.tensors});
    return result;
}

/// A graph's constants as tensors of networks.
class GraphTensors {
public:
    explicit GraphTensors(const fs::path& file)
        : m_file(file), m_model(std::make_shared<const onnx::Model>(onnx::readModel(file))) {}

    const std::map<std::string, std::string>& metadata() const { return m_model->metadata; }

    /// Adds the tensors of a part; those of one autoencoder may stand in two graphs.
    void addTo(ExportedPart& part) const {
        for (const onnx::Initializer& constant : m_model->graph.initializers)
            if (constant.name.starts_with(part.name + ".") && isTensor(constant)) add(part, constant);
    }

private:
    /// Parameters of networks, and not what rounding needs beside them.
    static bool isTensor(const onnx::Initializer& constant) {
        return constant.name.ends_with(".weight") || constant.name.ends_with(".bias");
    }

    void add(ExportedPart& part, const onnx::Initializer& constant) const {
        ldm::StoredTensor tensor;
        tensor.name = constant.name.substr(part.name.size() + 1);
        if (part.tensors.find(tensor.name)) return;
        tensor.shape = constant.shape;
        const std::optional<onnx::GraphWeight> weight = onnx::weightOf(m_model->graph, constant);
        if (!weight)
            throw ldm::badInput(m_file.string() + ": '" + constant.name +
                                "' is stored in a way that Noisefloor does not write; verify exports of Noisefloor.");
        tensor.storedAs = weight->scale ? "int8" : "F32";
        tensor.bytes = onnx::elements(constant.shape) * onnx::sizeOf(constant.type);
        tensor.alsoStored = {constant.bytes().bytes};
        tensor.load = [model = m_model, weight = *weight] { return weight.values(); };
        part.tensors.add(std::move(tensor));
    }

    fs::path m_file;
    std::shared_ptr<const onnx::Model> m_model;
};

ExportedModel openedAsGraphs(const fs::path& path) {
    ExportedModel result{fs::is_directory(path) ? "ONNX folder" : "ONNX file", {}, {}, true};
    const auto add = [&](const std::string& part, const fs::path& file) {
        if (!fs::exists(file)) return;
        const GraphTensors tensors(file);
        if (result.recipe.empty()) result.recipe = under(tensors.metadata());
        auto found = std::ranges::find(result.parts, part, &ExportedPart::name);
        if (found == result.parts.end())
            found = result.parts.insert(found, ExportedPart{part, ldm::TensorTable(file.string())});
        tensors.addTo(*found);
    };
    if (!fs::is_directory(path)) {
        add("unet", path);
        return result;
    }
    add("unet", path / "unet" / kGraphFile);
    add("vae", path / "vae_decoder" / kGraphFile);
    add("vae", path / "vae_encoder" / kGraphFile);
    for (const char* part : {"text_encoder", "text_encoder_2"}) add(part, path / part / kGraphFile);
    return result;
}

} // namespace

const ExportedPart* ExportedModel::find(std::string_view part) const {
    const auto found = std::ranges::find(parts, part, &ExportedPart::name);
    return found == parts.end() ? nullptr : &*found;
}

ExportedModel openExport(const fs::path& path) {
    const bool isGraph = path.extension() == ".onnx" || fs::exists(path / "unet" / kGraphFile);
    return isGraph ? openedAsGraphs(path) : openedAsModel(path);
}

} // namespace quant
