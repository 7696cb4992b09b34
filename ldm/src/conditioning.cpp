#include <ldm/denoise.h>

#include "noise.h"

#include <ldm/error.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ldm {

namespace {

using nlohmann::json;

constexpr double kGuidanceUnits = 1000; ///< LCM embeds the scale in thousandths
constexpr double kLongestPeriod = 10000;

// ---- settings

/// What prompts that run together share.
GenerateSettings shared(GenerateSettings settings) {
    settings.prompt.clear();
    settings.negative.reset();
    settings.seed = 0;
    settings.latentsRow = 0;
    return settings;
}

std::vector<GenerateSettings> agreeing(const std::vector<GenerateSettings>& settings, const ModelInfo& info) {
    if (settings.empty()) throw badInput("There is no prompt to make a picture of.");
    std::vector<GenerateSettings> result;
    for (const GenerateSettings& one : settings) result.push_back(checked(one, info));
    for (const GenerateSettings& one : result)
        if (shared(one) != shared(result.front()))
            throw badInput("Prompts that run together must agree in everything but prompt, negative prompt and noise.");
    return result;
}

// ---- texts

/// SDXL takes zeros for a negative prompt that was not given, unless its pipeline says otherwise.
bool zerosForNoNegative(const Networks& networks) {
    const json& pipeline = networks.checkpoint.pipelineConfig;
    const bool usual = networks.unet.config().pooledDim > 0;
    const auto found = pipeline.is_object() ? pipeline.find("force_zeros_for_empty_prompt") : pipeline.end();
    return found != pipeline.end() && found->is_boolean() ? found->get<bool>() : usual;
}

PromptStates unconditional(Networks& networks, const std::vector<GenerateSettings>& settings) {
    std::vector<std::string> texts;
    for (const GenerateSettings& one : settings) texts.push_back(one.negative.value_or(std::string()));
    // Layers are skipped for prompts only, as in diffusers.
    PromptStates states = networks.prompts().encode(texts, {0, settings.front().weightedPrompts});
    if (!zerosForNoNegative(networks)) return states;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        if (settings[i].negative) continue;
        states.context[static_cast<std::int64_t>(i)].zero_();
        if (states.pooled.defined()) states.pooled[static_cast<std::int64_t>(i)].zero_();
    }
    return states;
}

PromptStates conditional(Networks& networks, const std::vector<GenerateSettings>& settings) {
    std::vector<std::string> texts;
    for (const GenerateSettings& one : settings) texts.push_back(one.prompt);
    return networks.prompts().encode(texts, {settings.front().clipSkip, settings.front().weightedPrompts});
}

/// Original size, crop and target size in pixels, height first.
at::Tensor timeIds(const GenerateSettings& sampling, std::int64_t texts) {
    const auto height = static_cast<float>(sampling.height), width = static_cast<float>(sampling.width);
    return at::tensor({height, width, 0.0F, 0.0F, height, width}).repeat({texts, 1});
}

Condition conditionOf(Networks& networks, const std::vector<GenerateSettings>& settings, bool guided) {
    const UNetConfig& unet = networks.unet.config();
    PromptStates states = conditional(networks, settings);
    if (guided) {
        const PromptStates negative = unconditional(networks, settings);
        states.context = at::cat({negative.context, states.context});
        if (states.pooled.defined()) states.pooled = at::cat({negative.pooled, states.pooled});
    }
    Condition condition{.context = states.context, .pooled = {}, .timeIds = {}, .guidance = {}};
    requireFinite(networks, condition.context, "What the text encoders make of the prompt");
    const std::int64_t texts = condition.context.size(0);
    if (unet.pooledDim > 0) {
        condition.pooled = states.pooled;
        condition.timeIds = timeIds(settings.front(), texts);
    }
    if (unet.guidanceDim > 0)
        condition.guidance = guidanceEmbedding(settings.front().guidance, unet.guidanceDim).repeat({texts, 1});
    return condition;
}

// ---- inpainting

/// Mask and masked picture of an inpainting UNet that is to repaint everything: a mask of ones, and the latent of the
/// picture of which nothing is left.
at::Tensor everythingMasked(Networks& networks, const std::vector<std::int64_t>& shape) {
    const Autoencoder& autoencoder = networks.autoencoder();
    const AutoencoderFacts& facts = autoencoder.facts();
    const auto options = at::TensorOptions(at::kFloat).device(networks.vaeArithmetic.device());
    const at::Tensor picture = at::zeros({1, 3, shape[2] * facts.scale, shape[3] * facts.scale}, options);
    const at::Tensor latent = autoencoder.encode(networks.vaeArithmetic, picture);
    const at::Tensor masked = (latent * facts.scalingFactor).to(at::kCPU);
    return at::cat({at::ones({1, 1, shape[2], shape[3]}), masked}, 1).repeat({shape[0], 1, 1, 1});
}

void moveTo(at::Device device, Conditioning& conditioning) {
    const auto move = [device](at::Tensor& tensor) {
        if (tensor.defined()) tensor = tensor.to(device);
    };
    Condition& condition = conditioning.condition;
    for (at::Tensor* tensor : {&condition.context, &condition.pooled, &condition.timeIds, &condition.guidance,
                               &conditioning.extra, &conditioning.noise})
        move(*tensor);
    for (at::Tensor& noise : conditioning.stepNoise) move(noise);
}

} // namespace

Conditioning Conditioning::slice(std::int64_t first, std::int64_t count) const {
    const auto plain = [&](const at::Tensor& all) { return all.defined() ? all.narrow(0, first, count) : all; };
    const auto halves = [&](const at::Tensor& all) {
        if (!all.defined() || !guided) return plain(all);
        return at::cat({all.narrow(0, first, count), all.narrow(0, prompts() + first, count)});
    };
    Conditioning result = *this;
    result.condition = {halves(condition.context), halves(condition.pooled), halves(condition.timeIds),
                        halves(condition.guidance)};
    result.extra = plain(extra);
    result.noise = plain(noise);
    std::transform(stepNoise.begin(), stepNoise.end(), result.stepNoise.begin(), plain);
    return result;
}

at::Tensor guidanceEmbedding(double scale, int channels) {
    const int half = channels / 2;
    const double distance = std::log(kLongestPeriod) / std::max(1, half - 1);
    const at::Tensor frequencies = at::exp(at::arange(half, at::kFloat) * -distance);
    const at::Tensor angles = (static_cast<float>(scale - 1) * static_cast<float>(kGuidanceUnits)) * frequencies;
    const at::Tensor embedding = at::cat({at::sin(angles), at::cos(angles)}).unsqueeze(0);
    return channels % 2 == 0 ? embedding : at::constant_pad_nd(embedding, {0, 1});
}

Conditioning prepare(Networks& networks, const std::vector<GenerateSettings>& settings) {
    const at::NoGradGuard noGrad;
    const std::vector<GenerateSettings> all = agreeing(settings, networks.info);
    const UNetConfig& unet = networks.unet.config();
    Conditioning result;
    result.sampling = shared(all.front());
    // A UNet that is told the guidance scale needs no second text.
    result.guided = result.sampling.guidance > 1 && unet.guidanceDim == 0;
    const std::unique_ptr<Sampler> sampler = samplerFor(networks, result.sampling);
    const std::int64_t scale = networks.info.vaeScale;
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(all.size()), unet.outChannels,
                                          result.sampling.height / scale, result.sampling.width / scale};
    setNoise(result, *sampler, all, shape);
    result.condition = conditionOf(networks, all, result.guided);
    if (unet.inChannels > unet.outChannels) result.extra = everythingMasked(networks, shape);
    requireWhole(networks.checkpoint);
    moveTo(networks.unetArithmetic.device(), result);
    return result;
}

} // namespace ldm
