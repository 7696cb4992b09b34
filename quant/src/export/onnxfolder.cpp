#include "onnxfolder.h"

#include "../onnx/deployed.h"
#include "../onnx/interpreter.h"
#include "../onnx/networkgraphs.h"
#include "onnxprecision.h"
#include "readback.h"

#include <ldm/error.h>
#include <ldm/networks.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr int kMostPixels = 8192;
constexpr const char* kGraphFile = "model.onnx";
constexpr const char* kDecoder = "vae_decoder";
constexpr const char* kEncoder = "vae_encoder";

/// The folders of a part's graphs.
std::vector<std::string> foldersOf(const std::string& part) {
    if (part == "vae") return {kDecoder, kEncoder};
    return {part};
}

bool isXl(const ldm::Checkpoint& checkpoint) {
    return checkpoint.find("text_encoder_2") != nullptr;
}

/// model_index.json: the source's, its networks replaced by graphs.
nlohmann::json pipelineOf(const ldm::Checkpoint& checkpoint) {
    nlohmann::json index = checkpoint.pipelineConfig;
    if (!isXl(checkpoint)) index["_class_name"] = "OnnxStableDiffusionPipeline";
    index.erase("vae");
    index.erase("image_encoder");
    for (const char* absent : {"safety_checker", "feature_extractor"})
        if (index.contains(absent)) index[absent] = {nullptr, nullptr};
    if (index.contains("requires_safety_checker")) index["requires_safety_checker"] = false;
    for (const ldm::PartSource& part : checkpoint.parts)
        for (const std::string& folder : foldersOf(part.name)) index[folder] = {"diffusers", "OnnxRuntimeModel"};
    return index;
}

void writeTexts(ExportJob& job, const fs::path& aside) {
    for (const auto& [file, text] : ldm::configurationFiles(job.checkpoint())) {
        const fs::path path(file);
        if (file == "model_index.json")
            job.writeText(aside / file, pipelineOf(job.checkpoint()).dump(2) + '\n');
        else
            for (const std::string& folder : foldersOf(path.parent_path().string()))
                job.writeText(aside / folder / path.filename(), text);
    }
}

/// The tensor that a graph's constant holds; none for scales, zero points and what is computed.
const ldm::StoredTensor* sourceOf(const onnx::Initializer& constant, const ldm::PartSource& part) {
    if (!constant.name.starts_with(part.name + ".")) return nullptr;
    return part.tensors.find(std::string_view(constant.name).substr(part.name.size() + 1));
}

/// The graphs of one model under one recipe.
class GraphWriter {
public:
    GraphWriter(ExportJob& job, const fs::path& aside)
        : m_job(job), m_aside(aside), m_sizes(graphSizes(job.model(), job.options())) {}

    void write(const ldm::PartSource& part) {
        for (const std::string& folder : foldersOf(part.name)) {
            const onnx::RecordedNetwork network = recorded(part, folder);
            onnx::Model model = onnx::lowered(network.recording, weightsOf(part), folder);
            model.metadata.merge(m_job.provenance());
            for (onnx::Initializer& constant : model.graph.initializers) watch(constant, part);
            const fs::path file = m_aside / folder / kGraphFile;
            fs::create_directories(file.parent_path());
            onnx::writeModel(file, model);
            for (const auto& entry : fs::directory_iterator(file.parent_path()))
                if (entry.path().filename().string().starts_with(kGraphFile)) m_job.report().bytes += entry.file_size();
        }
    }

private:
    onnx::RecordedNetwork recorded(const ldm::PartSource& part, const std::string& folder) const {
        const int scale = m_job.model().vaeScale;
        const int height = m_sizes.height / scale, width = m_sizes.width / scale;
        if (folder == kDecoder) return onnx::recordVaeDecoder(part, height, width);
        if (folder == kEncoder) return onnx::recordVaeEncoder(part, m_sizes.height, m_sizes.width);
        const int tokens = m_job.model().contextTokens;
        if (folder != "unet") return onnx::recordTextEncoder(part, tokens, isXl(m_job.checkpoint()));
        return onnx::recordUNet(part, {.height = height, .width = width, .tokens = tokens});
    }

    onnx::GraphWeights weightsOf(const ldm::PartSource& part) {
        auto baked = std::make_shared<std::map<std::string, std::function<at::Tensor()>>>();
        for (const BakedTensor& tensor : bake(part, m_job.model(), m_job.plan(), m_job.treatment(), FloatFormat::Fp32))
            baked->emplace(part.name + "." + tensor.name, tensor.values);
        onnx::GraphWeights weights{.values = [baked](const std::string& name) { return baked->at(name)(); }};
        if (part.name != "unet" || !m_job.options().quantizes) return weights;
        weights.layers = graphPrecisions(m_job);
        weights.codes = [this](int layer) { return *m_job.codesOf(layer); };
        return weights;
    }

    /// A part's own tensors are counted, and leave memory as soon as they are written.
    void watch(onnx::Initializer& constant, const ldm::PartSource& part) {
        const ldm::StoredTensor* source = sourceOf(constant, part);
        if (!source) return;
        ++m_job.report().tensors;
        constant.bytes = [this, make = constant.bytes, source, name = part.name] {
            m_job.checkStop();
            m_job.advance("exporting " + name);
            const auto made = std::make_shared<ldm::OwnedBytes>(make());
            const auto release = [made, source](const void*) { source->release(); };
            return ldm::OwnedBytes{made->bytes, std::shared_ptr<const void>(made->bytes.data(), release)};
        };
    }

    ExportJob& m_job;
    const fs::path& m_aside;
    GraphSizes m_sizes;
};

/// Reads graphs back.
class GraphReader {
public:
    GraphReader(ExportJob& job, const fs::path& aside) : m_job(job), m_aside(aside) {}

    void compare(const ldm::PartSource& part) {
        const std::vector<ldm::StoredTensor>& sources = part.tensors.tensors();
        std::vector<bool> found(sources.size());
        for (const std::string& folder : foldersOf(part.name)) {
            const fs::path file = m_aside / folder / kGraphFile;
            const onnx::Interpreter graph(onnx::readModel(file), file.string()); // checks every node
            for (const onnx::Initializer& constant : graph.graph().initializers) {
                const ldm::StoredTensor* source = sourceOf(constant, part);
                if (!source) continue;
                std::vector<bool>::reference isKnown = found[static_cast<std::size_t>(source - sources.data())];
                VerifiedTensor verified = compare(graph.graph(), constant, *source, part.name);
                if (!isKnown) m_job.report().verified.tensors.push_back(std::move(verified));
                isKnown = true;
            }
        }
        for (std::size_t i = 0; i < sources.size(); ++i)
            if (!ldm::isIgnorable(sources[i].name) && !found[i])
                throw readsBackWrong(m_job, part.name + "." + sources[i].name, "it is not there");
    }

private:
    VerifiedTensor compare(const onnx::Graph& graph, const onnx::Initializer& constant, const ldm::StoredTensor& source,
                           const std::string& part) {
        m_job.checkStop();
        m_job.advance("reading back " + part);
        const int layer = layerOfTensor(constant.name, m_job.model());
        const bool isLayer = layer >= 0;
        const at::Tensor full = source.values();
        const at::Tensor written = isLayer ? onnx::weightIn(graph, layerOf(layer)) : onnx::tensorOf(constant);
        if (written.numel() != full.numel()) throw readsBackWrong(m_job, constant.name, "its size is another");
        const bool isInteger = constant.type == onnx::ElementType::Int8;
        VerifiedTensor verified{constant.name, isInteger ? "int8" : "F32", layer, {}, {}};
        const Difference against = difference(full, written, at::kFloat);
        verified.against = against.sums;
        if (!isLayer && !against.isEqual)
            throw readsBackWrong(m_job, constant.name, "its values are not those of the model");
        if (isLayer) verified.recipe = requireRecipe(layer, written);
        source.release();
        release(constant);
        return verified;
    }

    ErrorSums requireRecipe(int layer, const at::Tensor& written) {
        const Difference differs = difference(m_job.simulatedWeight(layer), written, at::kFloat);
        if (!differs.isEqual)
            throw readsBackWrong(m_job, layerOf(layer).name, "its values are not those of the recipe");
        return differs.sums;
    }

    /// A constant of a model that was read lies in a mapped file, like the tensors of any other.
    static void release(const onnx::Initializer& constant) {
        ldm::StoredTensor mapped;
        mapped.stored = constant.bytes().bytes;
        mapped.release();
    }

    const ldm::Layer& layerOf(int layer) const {
        return *m_job.opened().networks().unet.layers().at(static_cast<std::size_t>(layer));
    }

    ExportJob& m_job;
    const fs::path& m_aside;
};

} // namespace

GraphSizes graphSizes(const ldm::ModelInfo& model, const ExportOptions& options) {
    const GraphSizes sizes{options.width > 0 ? options.width : model.defaultWidth,
                           options.height > 0 ? options.height : model.defaultHeight};
    for (const int side : {sizes.width, sizes.height})
        if (side < model.vaeScale || side > kMostPixels || side % model.vaeScale != 0)
            throw ldm::badInput("graphs cannot be made for a side of " + std::to_string(side) +
                                " pixels; choose multiples of " + std::to_string(model.vaeScale) + " up to " +
                                std::to_string(kMostPixels) + ".");
    return sizes;
}

void writeOnnxFolder(ExportJob& job, const fs::path& aside) {
    fs::create_directory(aside);
    writeTexts(job, aside);
    GraphWriter writer(job, aside);
    for (const ldm::PartSource& part : job.checkpoint().parts) writer.write(part);
    job.writeRecipe(aside / kExportedRecipeFile);
    job.checkStop();
}

void compareOnnxFolder(ExportJob& job, const fs::path& aside) {
    GraphReader reader(job, aside);
    job.report().verified.container = "ONNX folder";
    for (const ldm::PartSource& part : job.checkpoint().parts) reader.compare(part);
}

} // namespace quant
