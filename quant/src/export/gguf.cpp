#include "exporter.h"
#include "ggufweights.h"
#include "ldmlayout.h"
#include "unetalone.h"

#include <ldm/ggufwriter.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kHeaderBytesPerTensor = 128; ///< name, shape, padding; about
constexpr std::uint32_t kQuantizationVersion = 2;    ///< of ggml's block types
constexpr std::string_view kUnetPrefix = "model.diffusion_model.";

std::string plural(std::int64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// "sd1" stands for SD 2.x, too: that is how ComfyUI-GGUF knows them.
std::string architectureOf(const ldm::Checkpoint& checkpoint) {
    const nlohmann::json& config = checkpoint.find("unet")->config;
    const auto found = config.find("addition_embed_type");
    return found != config.end() && *found == "text_time" ? "sdxl" : "sd1";
}

/// What the model card of a folder says in the table that it begins with; empty where it says nothing.
std::string licenseOf(const fs::path& model) {
    static const std::regex line("\nlicense: *([A-Za-z0-9.+-]+) *\n");
    std::string start(std::size_t{1} << 14, '\0');
    std::ifstream card(model / "README.md", std::ios::binary);
    card.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(card.gcount()));
    if (!start.starts_with("---\n")) return {};
    start.resize(std::min(start.find("\n---", 3), start.size() - 1) + 1);
    std::smatch found;
    return std::regex_search(start, found, line) ? found[1].str() : std::string();
}

/// One GGUF file being written.
class GgufFileExport {
public:
    explicit GgufFileExport(ExportJob& job)
        : m_job(job), m_checkpoint(job.options().unetOnly ? unetAlone(job.checkpoint()) : job.checkpoint()) {}

    void write(const fs::path& aside) {
        std::vector<ldm::GgufTensorToWrite> tensors;
        for (BakedTensor& tensor : bakedTensors()) tensors.push_back(toWrite(std::move(tensor)));
        ldm::writeGguf(aside, tensors, metadata());
        m_job.report().tensors += static_cast<std::int64_t>(tensors.size());
        m_job.report().bytes += fs::file_size(aside);
        noteTypes();
        noteFlushedBlocks();
        if (m_rounded > 0)
            m_job.note(plural(m_rounded, "tensor") + " of higher precision rounded to " +
                       std::string(nameOf(m_job.options().floats)));
        m_job.noteUnderflows();
        noteLongNames(tensors);
    }

private:
    std::vector<BakedTensor> bakedTensors() {
        std::vector<std::vector<BakedTensor>> parts;
        for (const ldm::PartSource& part : m_checkpoint.parts) {
            parts.push_back(bake(part, m_job.model(), m_job.plan(), m_job.treatment(), FloatFormat::Fp32));
            m_rounded += std::ranges::count_if(parts.back(), [&](const BakedTensor& tensor) {
                return isRounded(tensor, part.tensors.find(tensor.name)->type);
            });
        }
        std::vector<BakedTensor> tensors = inLdmLayout(m_checkpoint, std::move(parts));
        if (m_job.options().unetOnly && !m_job.options().prefixed)
            for (BakedTensor& tensor : tensors) tensor.name.erase(0, kUnetPrefix.size());
        return tensors;
    }

    ldm::GgufTensorToWrite toWrite(BakedTensor tensor) {
        const GgufStorage storage = storageOf(tensor);
        const ldm::GgmlType& type = typeOf(tensor, storage);
        ++m_tensorsOfType[&type];
        if (tensor.shape.empty()) tensor.shape = {1};
        return {tensor.name, type.id, tensor.shape, [this, tensor, storage, &type] {
                    m_job.checkStop();
                    m_job.advance("exporting GGUF");
                    return bytesOf(dataOf(tensor, storage, type));
                }};
    }

    GgufStorage storageOf(const BakedTensor& tensor) const {
        if (tensor.layer < 0) return {};
        return ggufStorage(tensor.shape, m_job.formatOf(tensor.layer).weights, m_job.treatmentOf(tensor.layer),
                           m_job.options().floats);
    }

    const ldm::GgmlType& typeOf(const BakedTensor& tensor, const GgufStorage& storage) const {
        if (tensor.layer >= 0) return storage.type();
        if (tensor.type != ldm::DType::F32) return ggufTypeOf(tensor.type, tensor.name);
        return ggufTypeOf(tensor.shape, m_job.options().floats);
    }

    /// Whether something that the recipe leaves alone loses precision.
    bool isRounded(const BakedTensor& tensor, ldm::DType source) const {
        const bool isAlone = tensor.layer < 0 || m_job.formatOf(tensor.layer).weights == WeightFormat::Fp32;
        const ldm::DType stored = typeOf(tensor, storageOf(tensor)).values;
        return isAlone && stored != ldm::DType::F32 && stored != source;
    }

    at::Tensor dataOf(const BakedTensor& tensor, const GgufStorage& storage, const ldm::GgmlType& type) {
        if (storage.blocks) {
            GgufBlocks blocks = ggufBlocks(m_job, tensor.layer, *storage.blocks);
            if (blocks.flushedBlocks > 0) m_flushed.emplace(tensor.layer, blocks.flushedBlocks);
            return std::move(blocks.bytes);
        }
        if (tensor.type != ldm::DType::F32) return tensor.values();
        const std::string& name = tensor.layer < 0 ? tensor.name : nameOfLayer(tensor.layer);
        return toFloats(tensor.values(), floatsOf(type), name, &m_job.underflows(), remedyFor(tensor));
    }

    /// Convolutions are F16 where bf16 is asked for, by the export or by the recipe.
    std::string remedyFor(const BakedTensor& tensor) const {
        if (tensor.shape.size() < 3) return {};
        const bool isBrain = tensor.layer >= 0 && m_job.formatOf(tensor.layer).weights == WeightFormat::Bf16;
        return isBrain ? "give this layer fp32 in the recipe and write floats as fp32" : "write floats as fp32";
    }

    const std::string& nameOfLayer(int layer) const {
        return m_job.model().layers[static_cast<std::size_t>(layer)].name;
    }

    static FloatFormat floatsOf(const ldm::GgmlType& type) {
        return *std::ranges::find(kFloatFormats, type.values, &storedType);
    }

    ldm::GgufMetadata metadata() const {
        ldm::GgufMetadata pairs;
        for (const auto& [key, value] : m_job.provenance()) pairs.emplace(key, value);
        pairs.emplace(ldm::kCarriedConfigsKey, ldm::carriedConfigs(m_checkpoint));
        pairs.emplace("general.architecture", architectureOf(m_checkpoint));
        pairs.emplace("general.type", "model");
        pairs.emplace("general.name", m_job.model().name);
        pairs.emplace("general.quantized_by", "Noisefloor " NOISEFLOOR_VERSION);
        if (const std::string license = licenseOf(m_job.model().path); !license.empty())
            pairs.emplace("general.license", license);
        pairs.emplace("general.file_type", ggufFileType(mostFrequentType()));
        pairs.emplace("general.quantization_version", kQuantizationVersion);
        return pairs;
    }

    /// The block type that most weights have; where there is none, the float type.
    const ldm::GgmlType& mostFrequentType() const {
        return *std::ranges::max_element(m_tensorsOfType, {}, [](const auto& entry) {
                    const bool isFloat = !entry.first->isBlock() && entry.first->values != ldm::DType::F32;
                    return std::tuple(entry.first->isBlock(), isFloat, entry.second);
                })->first;
    }

    void noteTypes() {
        std::string mix;
        for (const auto& [type, count] : m_tensorsOfType)
            mix += (mix.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(type->name);
        m_job.note("tensors by type: " + mix);
    }

    void noteFlushedBlocks() {
        if (m_flushed.empty()) return;
        std::int64_t blocks = 0;
        for (const auto& [layer, count] : m_flushed) blocks += count;
        m_job.note(plural(blocks, "block") +
                   " became zero, since half precision has no scale as small as theirs; the first of " +
                   plural(static_cast<std::int64_t>(m_flushed.size()), "layer") + " is " +
                   nameOfLayer(m_flushed.begin()->first));
    }

    void noteLongNames(const std::vector<ldm::GgufTensorToWrite>& tensors) {
        const auto count = std::ranges::count_if(tensors, [](const ldm::GgufTensorToWrite& tensor) {
            return tensor.name.size() > ldm::kLongestStockGgufName;
        });
        if (count > 0)
            m_job.note(plural(count, "tensor") + " have names of more than " +
                       std::to_string(ldm::kLongestStockGgufName) +
                       " bytes, which ggml's own tools refuse; image programs read them");
    }

    ExportJob& m_job;
    ldm::Checkpoint m_checkpoint;
    std::map<const ldm::GgmlType*, std::int64_t> m_tensorsOfType; ///< the table's order is that of ggml's numbers
    std::int64_t m_rounded = 0;
    std::map<int, std::int64_t> m_flushed; ///< blocks by layer
};

class Gguf final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        GgufStorage storage = ggufStorage(layer.weightShape, format.weights, treated, options.floats);
        const ldm::GgmlType& type = storage.type();
        return {storage.carriage, std::string(type.name),
                static_cast<std::uint64_t>(layer.weights()) / type.elements * type.bytes, std::move(storage.why)};
    }

    std::uint64_t otherBytes(const ExportInput& input) const override {
        std::uint64_t bytes = toJson(input.recipe).size();
        for (const ldm::PartInfo& part : input.model.parts) {
            if (part.name != "unet" && input.options.unetOnly) continue;
            std::int64_t elements = part.parameters;
            if (part.name == "unet")
                for (const ldm::LayerInfo& layer : input.model.layers) elements -= layer.weights();
            // What the UNet has beside the weights of layers are vectors.
            const ldm::DType type = part.name == "unet" ? ldm::DType::F32 : storedType(input.options.floats);
            bytes += static_cast<std::uint64_t>(elements) * ldm::sizeOf(type) +
                     static_cast<std::uint64_t>(part.tensors) * kHeaderBytesPerTensor;
        }
        return bytes;
    }

    void write(ExportJob& job, const fs::path& aside) const override { GgufFileExport(job).write(aside); }
};

} // namespace

std::unique_ptr<Exporter> ggufExporter() {
    return std::make_unique<Gguf>();
}

} // namespace quant
