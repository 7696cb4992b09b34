#include "noise.h"

#include <ldm/error.h>
#include <ldm/generate.h>
#include <ldm/networks.h>
#include <ldm/sampler.h>

#include <nlohmann/json.hpp>

#include <cmath>

namespace ldm {

namespace {

constexpr int kMostPixels = 8192;
constexpr int kMostSteps = 1000;
constexpr int kMostClipSkip = 100;

int fitted(int pixels, int standard, int scale, const char* what) {
    const int size = pixels == 0 ? standard : pixels;
    if (size < scale || size > kMostPixels || size % scale != 0)
        throw badInput(std::string("The ") + what + " of " + std::to_string(size) +
                       " pixels cannot be made; use a multiple of " + std::to_string(scale) + " up to " +
                       std::to_string(kMostPixels) + ".");
    return size;
}

std::string cutNotice(const char* what, const CutPrompt& cut) {
    return std::string("The ") + what + " has " + std::to_string(cut.tokens) + " tokens, of which the model reads " +
           std::to_string(cut.kept) + "; shorten it, its end has no effect.";
}

} // namespace

GenerateSettings checked(GenerateSettings settings, const ModelInfo& model) {
    settings.width = fitted(settings.width, model.defaultWidth, model.vaeScale, "width");
    settings.height = fitted(settings.height, model.defaultHeight, model.vaeScale, "height");
    if (settings.scheduler.empty())
        settings.scheduler = model.sampler;
    else
        configFor(settings.scheduler, nlohmann::json::object()); // for its complaint
    if (settings.steps < 1 || settings.steps > kMostSteps)
        throw badInput("The number of steps is " + std::to_string(settings.steps) + ", but must be 1 to " +
                       std::to_string(kMostSteps) + ".");
    if (!std::isfinite(settings.guidance) || std::abs(settings.guidance) > 1000)
        throw badInput("The guidance scale must be a number between -1000 and 1000.");
    if (!(settings.eta >= 0 && settings.eta <= 1)) throw badInput("Eta must be a number between 0 and 1.");
    if (settings.eta > 0 && settings.scheduler != "ddim")
        throw badInput("Eta is a choice of the sampler ddim; choose that one, or leave eta at 0.");
    if (settings.latentsRow < 0 || settings.latentsRow >= settings.latentsRows)
        throw badInput("The picture's row " + std::to_string(settings.latentsRow) + " is not one of the " +
                       std::to_string(settings.latentsRows) + " rows of the latents.");
    if (settings.clipSkip < 0 || settings.clipSkip > kMostClipSkip)
        throw badInput("The number of text layers to skip is " + std::to_string(settings.clipSkip) +
                       ", but must be 0 to " + std::to_string(kMostClipSkip) + ".");
    return settings;
}

std::vector<std::string> noticesFor(const Model& model, const GenerateSettings& settings) {
    Networks& networks = model.networks();
    const PromptOptions options{settings.clipSkip, settings.weightedPrompts};
    std::vector<std::string> notices;
    for (const CutPrompt& cut : networks.prompts().cut({settings.prompt}, options))
        notices.push_back(cutNotice("prompt", cut));
    if (!settings.latents.empty() && holdsNeedlessNoise(settings.latents, *samplerFor(networks, settings)))
        notices.push_back(settings.latents.string() + " holds noise of the runs, which has no effect: the sampler " +
                          settings.scheduler + " draws none.");
    if (!settings.negative || settings.negative->empty()) return notices;
    if (settings.guidance <= 1 || networks.unet.config().guidanceDim > 0) {
        notices.emplace_back("The negative prompt has no effect without guidance by a second text.");
        return notices;
    }
    for (const CutPrompt& cut : networks.prompts().cut({*settings.negative}, options))
        notices.push_back(cutNotice("negative prompt", cut));
    return notices;
}

} // namespace ldm
