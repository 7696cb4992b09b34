#include "carriedconfigs.h"
#include "containers.h"
#include "derivedconfig.h"
#include "filesorting.h"
#include "quantized/quantizedparts.h"

#include <ldm/error.h>
#include <ldm/gguf.h>

#include <algorithm>
#include <optional>

namespace ldm {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kEpsilon = "epsilon";
constexpr const char* kVelocity = "v_prediction";

/// What both kinds of file have.
struct FileContent {
    std::string container;
    TensorTable tensors;
    std::optional<std::string> carried; ///< under kCarriedConfigsKey
};

FileContent readFile(const fs::path& path) {
    if (kindOfFile(path) == FileKind::Gguf) {
        const GgufFile file = GgufFile::open(path);
        const std::string* text = file.text(kCarriedConfigsKey);
        return {"GGUF file", file.tensors(), text ? std::optional(*text) : std::nullopt};
    }
    const SafetensorsFile file = SafetensorsFile::open(path);
    const auto text = file.metadata().find(kCarriedConfigsKey);
    return {"single-file checkpoint", decodedComfyUi(TensorTable(file), file.metadata()),
            text == file.metadata().end() ? std::nullopt : std::optional(text->second)};
}

/// Builds the checkpoint of a file from its sorted tensors.
class SingleFile {
public:
    SingleFile(const fs::path& path, std::string prediction, const Checkpoint* base)
        : m_path(path), m_file(path.string()), m_base(base), m_content(readFile(path)),
          m_sorted(sortedByPart(m_content.tensors)), m_prediction(std::move(prediction)) {}

    Checkpoint open() {
        m_result.name = m_path.stem().string();
        m_result.path = m_path;
        m_result.container = m_content.container;
        if (m_content.carried)
            openCarried(CarriedConfigs(*m_content.carried, m_file));
        else
            openDerived();
        return std::move(m_result);
    }

private:
    void add(const SortedPart& part, const std::string& className, json config, const std::string& configName,
             TokenizerFiles tokenizer) {
        m_result.parts.push_back(
            {part.name, className, std::move(config), configName, part.tensors, std::move(tokenizer)});
    }

    /// A file of ours tells everything.
    void openCarried(const CarriedConfigs& configs) {
        m_result.pipelineConfig = configs.modelIndex();
        m_result.pipelineClass = textUnder(m_result.pipelineConfig, "_class_name");
        m_result.scheduler = configs.scheduler();
        m_result.schedulerName = configs.source();
        for (const PartKind* kind : partsOf(m_result.pipelineConfig, configs.source())) {
            const SortedPart* part = m_sorted.find(kind->name);
            if (!part) throw badInput(m_file + " has no tensors of its " + kind->name + "; fetch the file again.");
            const bool hasTokenizer = kind->tokenizer && hasEntry(m_result.pipelineConfig, kind->tokenizer);
            add(*part, classOf(m_result.pipelineConfig, kind->name), configs.config(kind->name),
                configs.source() + " of the " + kind->name,
                hasTokenizer ? configs.tokenizer(kind->tokenizer) : TokenizerFiles{});
        }
        if (m_result.parts.size() < m_sorted.parts.size())
            throw badInput(configs.source() + " does not describe all parts of the file; export the file again.");
        resolveScheduler(m_result, configs.source());
        requirePrediction(m_result, m_prediction);
    }

    void openDerived() {
        for (SortedPart& part : m_sorted.parts) dropUnusedLayer(part);
        for (const SortedPart& part : m_sorted.parts) m_facts.emplace(part.name, factsOf(part.name, part.tensors));
        m_family = familyOf();
        chooseScheduler();
        for (const SortedPart& part : m_sorted.parts) addDerived(part);
        describePipeline();
    }

    /// SD 2.x reads the last layer but one, so diffusers does not keep the last.
    void dropUnusedLayer(SortedPart& part) const {
        if (part.name != "text_encoder" || !part.openClip || !part.wholeTower) return;
        const int layers = factsOf(part.name, part.tensors)["num_hidden_layers"].get<int>();
        if (layers > 1) part.tensors = withLayers(part.tensors, layers - 1);
    }

    Family familyOf() const {
        const SortedPart* text = m_sorted.find("text_encoder");
        const auto unet = m_facts.find("unet");
        const json facts = unet == m_facts.end() ? json::object() : unet->second;
        if (m_sorted.find("text_encoder_2") || facts.contains("addition_embed_type")) return Family::Sdxl;
        if ((text && text->openClip) || facts.value("use_linear_projection", false) ||
            facts.value("cross_attention_dim", 768) == 1024)
            return Family::Sd2;
        if (unet == m_facts.end() && m_base && textEncodersOf(m_base->pipelineClass) == 2) return Family::Sdxl;
        return Family::Sd1;
    }

    bool inpaints() const {
        const auto unet = m_facts.find("unet");
        return unet != m_facts.end() && unet->second["in_channels"] != unet->second["out_channels"];
    }
    bool isGuided() const {
        const auto unet = m_facts.find("unet");
        return unet != m_facts.end() && unet->second.contains("time_cond_proj_dim");
    }

    /// What the file or its user says; empty where neither does.
    std::string saidPrediction() const {
        return !m_prediction.empty() ? m_prediction : m_sorted.predictsVelocity ? kVelocity : "";
    }

    /// Most SD 2.x checkpoints predict velocity; those that do not are the smaller ones and for inpainting.
    std::string usualPrediction() const { return m_family == Family::Sd2 && !inpaints() ? kVelocity : kEpsilon; }

    /// True if the UNet is the base's, or one in its place.
    bool takesPipeline() const { return m_base && (!m_facts.contains("unet") || lends("unet")); }

    void chooseScheduler() {
        const bool lent = takesPipeline();
        m_result.scheduler = lent ? m_base->scheduler : schedulerConfig(m_family, usualPrediction(), isGuided());
        m_result.schedulerName = lent ? m_base->schedulerName : m_file;
        if (const std::string said = saidPrediction(); !said.empty()) m_result.scheduler["prediction_type"] = said;
        if (!m_sorted.zeroTerminalSnr) return;
        m_result.scheduler["rescale_betas_zero_snr"] = true;
        m_result.scheduler["timestep_spacing"] = "trailing";
    }

    /// The base's part if it is the same network by all that tensors tell.
    const PartSource* lends(const std::string& name) const {
        const PartSource* part = m_base ? m_base->find(name) : nullptr;
        if (!part || part->className == "AutoencoderTiny" || !m_facts.contains(name)) return nullptr;
        return factsOf(name, part->tensors) == m_facts.at(name) ? part : nullptr;
    }

    void addDerived(const SortedPart& part) {
        const PartKind& kind = *std::find_if(partKinds().begin(), partKinds().end(),
                                             [&](const PartKind& each) { return each.name == part.name; });
        const std::string className(kind.classes.front());
        const PartSource* lent = lends(part.name);
        const bool second = part.name == "text_encoder_2";
        TokenizerFiles tokenizer = lent ? lent->tokenizer : TokenizerFiles{};
        if (kind.tokenizer && tokenizer.texts.empty())
            tokenizer =
                TokenizerFiles::clip(part.openClip || second || m_family == Family::Sd2 ? "!" : "<|endoftext|>");
        add(part, className, lent ? lent->config : derived(part.name), lent ? lent->configName : m_file,
            std::move(tokenizer));
    }

    json derived(const std::string& part) const {
        const json& facts = m_facts.at(part);
        if (part == "unet")
            return unetConfig(facts, m_family, predictionOf(m_result) == kVelocity, pooledDim(), m_file);
        if (part == "vae") return autoencoderConfig(facts, m_family, m_file);
        return textEncoderConfig(facts, m_family, part == "text_encoder_2", m_file);
    }

    /// Of SDXL's second encoder, wherever that is; 0 if unknown.
    int pooledDim() const {
        if (const auto own = m_facts.find("text_encoder_2"); own != m_facts.end())
            return own->second["projection_dim"].get<int>();
        const PartSource* lent = m_base ? m_base->find("text_encoder_2") : nullptr;
        return lent ? factsOf(lent->name, lent->tensors)["projection_dim"].get<int>() : 0;
    }

    std::string usualPipeline() const {
        if (isGuided() && m_family != Family::Sdxl && !inpaints()) return "LatentConsistencyModelPipeline";
        const std::string family = m_family == Family::Sdxl ? "StableDiffusionXL" : "StableDiffusion";
        return family + (inpaints() ? "InpaintPipeline" : "Pipeline");
    }

    /// The equivalent of a model_index.json.
    void describePipeline() {
        std::string name = takesPipeline() ? m_base->pipelineClass : usualPipeline();
        const bool xl = textEncodersOf(name) == 2;
        m_result.pipelineClass = name;
        json& index = m_result.pipelineConfig;
        index["_class_name"] = name;
        index["scheduler"] = {"diffusers", textUnder(m_result.scheduler, "_class_name")};
        for (const PartKind& kind : partKinds())
            if (xl || std::string_view(kind.name) != "text_encoder_2")
                describePart(index, kind, m_result.find(kind.name));
    }

    static void describePart(json& index, const PartKind& kind, const PartSource* part) {
        const json nothing = json::array({nullptr, nullptr});
        const char* library = kind.tokenizer ? "transformers" : "diffusers";
        index[kind.name] = part ? json::array({library, part->className}) : nothing;
        if (kind.tokenizer) index[kind.tokenizer] = part ? json::array({library, "CLIPTokenizer"}) : nothing;
    }

    fs::path m_path;
    std::string m_file;
    const Checkpoint* m_base;
    FileContent m_content;
    SortedFile m_sorted;
    std::string m_prediction;
    std::map<std::string, json, std::less<>> m_facts;
    Family m_family = Family::Sd1;
    Checkpoint m_result;
};

} // namespace

Checkpoint openSingleFile(const fs::path& file, const std::string& prediction, const Checkpoint* base) {
    return SingleFile(file, prediction, base).open();
}

} // namespace ldm
