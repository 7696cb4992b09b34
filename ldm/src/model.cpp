#include "fingerprint.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace ldm {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPipeline = "StableDiffusionPipeline";

/// A network's place in the pipeline: where its files lie and which class they must be of.
struct Part {
    const char* name;
    const char* className;
    const char* weights; ///< file name without variant and extension
};

constexpr Part kTextEncoder{"text_encoder", "CLIPTextModel", "model"};
constexpr Part kUnet{"unet", "UNet2DConditionModel", "diffusion_pytorch_model"};
constexpr Part kVae{"vae", "AutoencoderKL", "diffusion_pytorch_model"};

fs::path folderOf(const std::string& pathOrName) {
    std::error_code ignored;
    const fs::path path(pathOrName);
    if (fs::is_directory(path, ignored)) return fs::canonical(path);
    if (fs::exists(path, ignored))
        throw badInput(pathOrName + " is a single file; this version opens diffusers folders, so convert it to one.");
    const std::vector<std::string> embedded = embeddedModels();
    if (std::find(embedded.begin(), embedded.end(), pathOrName) != embedded.end())
        return fs::canonical(resourceFolder() / "models" / pathOrName);
    std::string names;
    for (const std::string& name : embedded) names += (names.empty() ? "" : ", ") + name;
    throw badInput(pathOrName + " is neither a folder nor an embedded model; check the path or use one of: " + names +
                   ".");
}

/// The text under a key; empty where there is none.
std::string textUnder(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// model_index.json must name exactly the classes that are computed here.
void checkPipeline(const fs::path& folder) {
    const fs::path path = folder / "model_index.json";
    if (!fs::exists(path))
        throw badInput(folder.string() + " has no model_index.json; name the folder of a diffusers pipeline.");
    const nlohmann::json index = readJsonObject(path);
    const std::string pipeline = textUnder(index, "_class_name");
    if (pipeline != kPipeline)
        throw badInput(path.string() + ": the pipeline is " + inQuotes(pipeline) + ", but this version computes " +
                       kPipeline + " only; open a model of that kind.");
    for (const Part& part : {kTextEncoder, kUnet, kVae, Part{"tokenizer", "CLIPTokenizer", ""}}) {
        const auto found = index.find(part.name);
        if (found == index.end() || !found->is_array() || found->size() != 2)
            throw badInput(path.string() + ": the entry \"" + part.name +
                           "\" with library and class is missing; complete the file.");
        if ((*found)[1] != part.className)
            throw badInput(path.string() + ": the " + part.name + " is of class " + (*found)[1].dump() +
                           ", but this version computes " + part.className + " only; open a model of that kind.");
    }
}

bool hasFileWith(const fs::path& folder, const std::string& start, const std::string& inside) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(start) && name.find(inside) != std::string::npos) return true;
    }
    return false;
}

/// The weights without variant, else those of variant fp16.
fs::path weightsOf(const fs::path& model, const Part& part) {
    const fs::path folder = model / part.name;
    if (!fs::is_directory(folder))
        throw badInput(folder.string() + " does not exist; the folder of a diffusers pipeline has all its parts.");
    for (const char* ending : {".safetensors", ".fp16.safetensors"}) {
        fs::path path = folder / part.weights;
        path += ending;
        if (fs::exists(path)) return path;
    }
    const std::string expected = (folder / part.weights).string() + ".safetensors";
    if (hasFileWith(folder, part.weights, "safetensors.index") || hasFileWith(folder, part.weights, "-of-"))
        throw badInput(expected + " does not exist, the weights are in several shards; save the model again with a "
                                  "larger max_shard_size.");
    if (hasFileWith(folder, "", ".bin") || hasFileWith(folder, "", ".ckpt"))
        throw badInput(expected + " does not exist, only pickled weights, which may run code when opened; save the "
                                  "model again with safe_serialization.");
    throw badInput(expected + " does not exist; fetch the model's weights.");
}

/// Names and values of a configuration and the weights it describes.
struct PartFiles {
    Part part;
    fs::path configPath;
    nlohmann::json config;
    SafetensorsFile weights;

    PartFiles(const fs::path& model, const Part& which)
        : part(which), configPath(model / which.name / "config.json"), config(readJsonObject(configPath)),
          weights(SafetensorsFile::open(weightsOf(model, which))) {}

    template <typename Network, typename Config> Network build() const {
        WeightSource source(part.name, weights);
        return Network(Config::parse(config, configPath.string()), source);
    }
};

PartInfo describe(const PartFiles& files) {
    PartInfo info;
    info.name = files.part.name;
    info.className = files.part.className;
    std::map<DType, std::uint64_t> bytesByType;
    for (const TensorEntry& entry : files.weights.entries()) {
        if (isIgnorable(entry.name)) continue;
        info.parameters += entry.elements();
        info.tensors += 1;
        info.bytes += entry.end - entry.begin;
        bytesByType[entry.dtype] += entry.end - entry.begin;
    }
    std::vector<std::pair<DType, std::uint64_t>> types(bytesByType.begin(), bytesByType.end());
    std::stable_sort(types.begin(), types.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [type, bytes] : types) {
        if (!info.storedAs.empty()) info.storedAs += ", ";
        info.storedAs += nameOf(type);
    }
    return info;
}

/// The parts must fit each other, whatever each says about itself.
void checkTogether(const fs::path& folder, const Networks& networks) {
    const auto agree = [&](std::int64_t left, const char* leftName, std::int64_t right, const char* rightName) {
        if (left != right)
            throw badInput(folder.string() + ": " + leftName + " is " + std::to_string(left) + " but " + rightName +
                           " is " + std::to_string(right) + "; use parts that belong to one model.");
    };
    const TextEncoderConfig& text = networks.textEncoder.config();
    const UNetConfig& unet = networks.unet.config();
    agree(text.hidden, "hidden_size of the text encoder", unet.crossAttentionDim, "cross_attention_dim of the UNet");
    agree(unet.inChannels, "in_channels of the UNet", networks.vae.config().latentChannels,
          "latent_channels of the VAE");
    agree(unet.outChannels, "out_channels of the UNet", unet.inChannels, "its in_channels");
    agree(networks.vae.config().outChannels, "out_channels of the VAE", 3, "the number of colours");
    if (networks.tokenizer.maxLength() > text.positions)
        agree(networks.tokenizer.maxLength(), "model_max_length of the tokenizer", text.positions,
              "max_position_embeddings of the text encoder");
    if (networks.tokenizer.vocabularySize() > text.vocabulary)
        agree(networks.tokenizer.vocabularySize(), "the size of the tokenizer's vocabulary", text.vocabulary,
              "vocab_size of the text encoder");
}

std::uint64_t layerBytes(const std::vector<LayerInfo>& layers) {
    std::uint64_t bytes = 0;
    for (const LayerInfo& layer : layers) bytes += static_cast<std::uint64_t>(layer.weights()) * sizeOf(layer.storedAs);
    return bytes;
}

void describeNetworks(Networks& networks) {
    ModelInfo& info = networks.info;
    info.blocks = networks.unet.blockInfos();
    info.layers = networks.unet.layerInfos();
    info.otherUnetBytes = info.parts.front().bytes - layerBytes(info.layers);
    info.latentChannels = networks.vae.config().latentChannels;
    info.vaeScale = networks.vae.config().scale();
    info.defaultWidth = info.defaultHeight = networks.unet.config().sampleSize * info.vaeScale;
    info.contextTokens = networks.tokenizer.maxLength();
}

std::shared_ptr<Networks> load(const fs::path& folder) {
    checkPipeline(folder);
    const PartFiles unet(folder, kUnet), vae(folder, kVae), text(folder, kTextEncoder);
    const fs::path tokenizer = folder / "tokenizer";
    const fs::path schedulerPath = folder / "scheduler" / "scheduler_config.json";
    const nlohmann::json scheduler = readJsonObject(schedulerPath);

    ModelInfo info;
    info.name = folder.filename().string();
    info.path = folder;
    info.parts = {describe(unet), describe(vae), describe(text)};
    info.scheduler = textUnder(scheduler, "_class_name");
    std::shared_ptr<Networks> networks(new Networks{std::move(info),
                                                    Tokenizer::open(tokenizer),
                                                    text.build<TextEncoder, TextEncoderConfig>(),
                                                    unet.build<UNet, UNetConfig>(),
                                                    vae.build<Vae, VaeConfig>(),
                                                    DdimConfig::parse(scheduler, schedulerPath.string()),
                                                    {},
                                                    {},
                                                    {}});
    checkTogether(folder, *networks);
    describeNetworks(*networks);
    networks->info.fingerprint = fingerprintOf({unet.configPath, vae.configPath, text.configPath, schedulerPath,
                                                tokenizer / "vocab.json", tokenizer / "merges.txt"},
                                               {unet.weights, vae.weights, text.weights});
    return networks;
}

} // namespace

Model::Model(std::shared_ptr<Networks> networks) : m_networks(std::move(networks)) {
}

Model Model::open(const std::string& pathOrName) {
    try {
        return Model(load(folderOf(pathOrName)));
    } catch (const fs::filesystem_error& failure) {
        throw badInput(pathOrName + " cannot be read: " + failure.code().message() + "; check its permissions.");
    }
}

const ModelInfo& Model::info() const {
    return m_networks->info;
}

Networks& Model::networks() const {
    return *m_networks;
}

} // namespace ldm
