#include "containers.h"

#include <ldm/devices.h>
#include <ldm/error.h>
#include <ldm/model.h>
#include <ldm/networks.h>
#include <ldm/sampler.h>
#include <ldm/threads.h>
#include <ldm/wholefiles.h>

#include <algorithm>
#include <map>

namespace ldm {

namespace {

std::string typesOf(const std::map<std::string, std::uint64_t>& bytesByType) {
    std::vector<std::pair<std::string, std::uint64_t>> types(bytesByType.begin(), bytesByType.end());
    std::stable_sort(types.begin(), types.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (const auto& [type, bytes] : types) text.append(text.empty() ? "" : ", ").append(type);
    return text;
}

PartInfo describe(const PartSource& part) {
    PartInfo info;
    info.name = part.name;
    info.className = part.className;
    std::map<std::string, std::uint64_t> bytesByType;
    for (const StoredTensor& tensor : part.tensors.tensors()) {
        if (isIgnorable(tensor.name)) continue;
        info.parameters += tensor.elements();
        info.tensors += 1;
        info.bytes += tensor.bytes;
        bytesByType[tensor.storedAs] += tensor.bytes;
    }
    info.storedAs = typesOf(bytesByType);
    return info;
}

std::string familyOf(const UNetConfig& unet) {
    std::string family = "SD 1.x";
    if (unet.pooledDim > 0)
        family = "SDXL";
    else if (unet.linearProjection)
        family = "SD 2.x";
    if (unet.inChannels != unet.outChannels) family += ", inpainting";
    if (unet.guidanceDim > 0) family += ", LCM";
    return family;
}

/// The parts must fit each other, whatever each says about itself.
class Fit {
public:
    explicit Fit(const Networks& networks) : m_networks(networks) {}

    void check() const {
        const UNetConfig& unet = m_networks.unet.config();
        // An inpainting UNet also sees the masked picture's latent and the mask.
        if (unet.inChannels != unet.outChannels && unet.inChannels != 2 * unet.outChannels + 1)
            differ("in_channels of the UNet", unet.inChannels, "its out_channels", unet.outChannels);
        if (m_networks.promptEncoder) checkText(*m_networks.promptEncoder, unet);
        if (m_networks.vae)
            agree("out_channels of the UNet", unet.outChannels, "latent_channels of the VAE",
                  m_networks.vae->facts().latentChannels);
    }

private:
    [[noreturn]] void differ(const std::string& left, std::int64_t leftValue, const std::string& right,
                             std::int64_t rightValue) const {
        throw badInput(m_networks.checkpoint.path.string() + ": " + left + " is " + std::to_string(leftValue) +
                       " but " + right + " is " + std::to_string(rightValue) + "; use parts that belong to one model.");
    }

    void agree(const std::string& left, std::int64_t leftValue, const std::string& right,
               std::int64_t rightValue) const {
        if (leftValue != rightValue) differ(left, leftValue, right, rightValue);
    }

    void checkText(const PromptEncoder& prompts, const UNetConfig& unet) const {
        const bool one = prompts.branches().size() == 1;
        agree(one ? "hidden_size of the text encoder" : "hidden_size of both text encoders", prompts.contextChannels(),
              "cross_attention_dim of the UNet", unet.crossAttentionDim);
        agree("projection_dim of the second text encoder", prompts.pooledChannels(),
              "the width of the UNet's added text embedding", unet.pooledDim);
        for (const PromptEncoder::Branch& branch : prompts.branches()) {
            const TextEncoderConfig& text = branch.encoder.config();
            if (branch.tokenizer.maxLength() > text.positions)
                differ("model_max_length of the tokenizer", branch.tokenizer.maxLength(),
                       "max_position_embeddings of the text encoder", text.positions);
            if (branch.tokenizer.vocabularySize() > text.vocabulary)
                differ("the size of the tokenizer's vocabulary", branch.tokenizer.vocabularySize(),
                       "vocab_size of the text encoder", text.vocabulary);
        }
    }

    const Networks& m_networks;
};

UNet buildUNet(const Checkpoint& checkpoint) {
    const PartSource& part = *checkpoint.find("unet");
    WeightSource weights(part.name, part.tensors);
    return UNet(UNetConfig::parse(part.config, part.configName), weights);
}

/// Nothing unless the pipeline has all its text encoders and their tokenizers.
std::optional<PromptEncoder> buildPrompts(const Checkpoint& checkpoint) {
    std::vector<PromptEncoder::Branch> branches;
    for (const PartSource& part : checkpoint.parts) {
        if (!part.name.starts_with("text_encoder")) continue;
        WeightSource weights(part.name, part.tensors);
        const auto config = TextEncoderConfig::parse(part.config, part.configName, part.className);
        TextEncoder encoder(config, weights); // checked also where it cannot be used
        if (!part.tokenizer.texts.empty()) branches.push_back({Tokenizer::read(part.tokenizer), std::move(encoder)});
    }
    if (branches.size() < textEncodersOf(checkpoint.pipelineClass)) return std::nullopt;
    return PromptEncoder(std::move(branches), promptRuleOf(checkpoint.pipelineClass));
}

std::unique_ptr<Autoencoder> buildAutoencoder(const Checkpoint& checkpoint) {
    const PartSource* part = checkpoint.find("vae");
    return part ? makeAutoencoder(*part) : nullptr;
}

FloatArithmetic arithmeticFor(const PartSource* part, const Compute& compute) {
    return FloatArithmetic({.compute = compute, .keptBytes = keptWeightBytes(part ? describe(*part).parameters : 0)});
}

/// As ModelInfo::missing has it.
std::vector<std::string> missingIn(const Checkpoint& checkpoint) {
    std::vector<std::string> missing;
    const auto add = [&](std::string name) {
        std::replace(name.begin(), name.end(), '_', ' ');
        missing.push_back(std::move(name));
    };
    std::size_t encoders = 0;
    for (const PartKind& kind : partKinds()) {
        if (!kind.tokenizer || encoders++ == textEncodersOf(checkpoint.pipelineClass)) continue;
        const PartSource* part = checkpoint.find(kind.name);
        if (!part)
            add(kind.name);
        else if (part->tokenizer.texts.empty())
            add(kind.tokenizer);
    }
    if (!checkpoint.find("vae")) add("autoencoder");
    return missing;
}

void describeNetworks(Networks& networks) {
    const Checkpoint& checkpoint = networks.checkpoint;
    const UNetConfig& unet = networks.unet.config();
    ModelInfo& info = networks.info;
    info.name = checkpoint.name;
    info.path = checkpoint.path;
    info.container = checkpoint.container;
    info.family = familyOf(unet);
    info.loras = checkpoint.loras;
    info.missing = missingIn(checkpoint);
    info.generates = info.missing.empty();
    info.analyzes = networks.promptEncoder && (networks.vae || unet.inChannels == unet.outChannels);
    info.fingerprint = checkpoint.fingerprint;
    for (const PartSource& part : checkpoint.parts) info.parts.push_back(describe(part));
    info.blocks = networks.unet.blockInfos();
    info.layers = networks.unet.layerInfos();
    info.otherUnetBytes = info.parts.front().bytes;
    for (const LayerInfo& layer : info.layers) info.otherUnetBytes -= layer.storedBytes;
    info.latentChannels = unet.outChannels;
    if (networks.vae) {
        info.vaeScale = networks.vae->facts().scale;
        info.decoderChannels = networks.vae->facts().widestChannels;
    }
    info.defaultWidth = unet.sampleWidth * info.vaeScale;
    info.defaultHeight = unet.sampleHeight * info.vaeScale;
    if (networks.promptEncoder) info.contextTokens = networks.promptEncoder->tokens();
    info.scheduler = textUnder(checkpoint.scheduler, "_class_name");
    info.sampler = samplerNameOf(checkpoint.scheduler);
}

std::shared_ptr<Networks> load(Checkpoint checkpoint, const Compute& compute) {
    UNet unet = buildUNet(checkpoint);
    auto prompts = buildPrompts(checkpoint);
    auto vae = buildAutoencoder(checkpoint);
    FloatArithmetic unetArithmetic = arithmeticFor(checkpoint.find("unet"), compute);
    FloatArithmetic vaeArithmetic = arithmeticFor(checkpoint.find("vae"), compute);
    std::shared_ptr<Networks> networks(new Networks{{},
                                                    std::move(checkpoint),
                                                    std::move(unet),
                                                    std::move(prompts),
                                                    std::move(vae),
                                                    std::move(unetArithmetic),
                                                    std::move(vaeArithmetic)});
    Fit(*networks).check();
    describeNetworks(*networks);
    requireWhole(networks->checkpoint);
    configurePrimitives(networks->info.parts.front().parameters);
    // What was looked at brought its neighbours into memory.
    for (const PartSource& part : networks->checkpoint.parts)
        for (const StoredTensor& tensor : part.tensors.tensors()) tensor.release();
    return networks;
}

} // namespace

Model::Model(std::shared_ptr<Networks> networks) : m_networks(std::move(networks)) {
}

Model Model::open(const OpenRequest& request) {
    requireAvailable(request.compute);
    try {
        return Model(load(openCheckpoint(request), request.compute));
    } catch (const std::filesystem::filesystem_error& failure) {
        throw badInput(request.model + " cannot be read: " + failure.code().message() + "; check its permissions.");
    }
}

const ModelInfo& Model::info() const {
    return m_networks->info;
}

Networks& Model::networks() const {
    return *m_networks;
}

} // namespace ldm
