#include <ldm/error.h>
#include <ldm/sampler.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace ldm {

namespace {

using nlohmann::json;

/// A key that makes a sampler out of its class, and what the class does without it.
struct Choice {
    std::string key;
    json value;
    json otherwise;
};

std::vector<Choice> karras(bool used) {
    return {{"use_karras_sigmas", used, false}};
}

std::vector<Choice> dpm(int order, const char* algorithm, bool karras) {
    return {{"solver_order", order, 2},
            {"algorithm_type", algorithm, "dpmsolver++"},
            {"final_sigmas_type", "zero", "zero"},
            {"use_karras_sigmas", karras, false},
            {"use_lu_lambdas", false, false}};
}

/// What a sampler sets beside its class.
std::vector<Choice> choicesOf(std::string_view name) {
    if (name == "pndm") return {{"skip_prk_steps", true, false}}; // as latent diffusion models are sampled
    if (name == "euler" || name == "heun" || name == "lms" || name == "unipc") return karras(false);
    if (name == "euler_karras") return karras(true);
    if (name == "dpmpp_2m") return dpm(2, "dpmsolver++", false);
    if (name == "dpmpp_2m_karras") return dpm(2, "dpmsolver++", true);
    if (name == "dpmpp_2m_sde") return dpm(2, "sde-dpmsolver++", false);
    if (name == "dpmpp_2m_sde_karras") return dpm(2, "sde-dpmsolver++", true);
    if (name == "dpmpp_3m") return dpm(3, "dpmsolver++", false);
    return {};
}

bool fits(const SamplerKind& kind, const json& config) {
    const auto name = config.find("_class_name");
    if (name == config.end() || *name != kind.className) return false;
    const auto choices = choicesOf(kind.name);
    return std::all_of(choices.begin(), choices.end(), [&](const Choice& choice) {
        const auto found = config.find(choice.key);
        return (found == config.end() || found->is_null() ? choice.otherwise : *found) == choice.value;
    });
}

} // namespace

const std::vector<SamplerKind>& samplerKinds() {
    static const std::vector<SamplerKind> kinds = {
        {"ddim", "DDIM", "DDIMScheduler"},
        {"pndm", "PNDM (PLMS)", "PNDMScheduler"},
        {"euler", "Euler", "EulerDiscreteScheduler"},
        {"euler_karras", "Euler Karras", "EulerDiscreteScheduler"},
        {"euler_a", "Euler ancestral", "EulerAncestralDiscreteScheduler"},
        {"dpmpp_2m", "DPM-Solver++ 2M", "DPMSolverMultistepScheduler"},
        {"dpmpp_2m_karras", "DPM-Solver++ 2M Karras", "DPMSolverMultistepScheduler"},
        {"dpmpp_2m_sde", "DPM-Solver++ 2M SDE", "DPMSolverMultistepScheduler"},
        {"dpmpp_2m_sde_karras", "DPM-Solver++ 2M SDE Karras", "DPMSolverMultistepScheduler"},
        {"dpmpp_3m", "DPM-Solver++ 3M", "DPMSolverMultistepScheduler"},
        {"dpmpp_2s", "DPM-Solver++ 2S", "DPMSolverSinglestepScheduler"},
        {"unipc", "UniPC", "UniPCMultistepScheduler"},
        {"lcm", "LCM", "LCMScheduler"},
        {"heun", "Heun", "HeunDiscreteScheduler"},
        {"lms", "LMS", "LMSDiscreteScheduler"},
        {"ddpm", "DDPM", "DDPMScheduler"},
    };
    return kinds;
}

std::string_view samplerNameOf(const json& schedulerConfig) {
    if (!schedulerConfig.is_object()) return {};
    for (const SamplerKind& kind : samplerKinds())
        if (fits(kind, schedulerConfig)) return kind.name;
    return {};
}

json configFor(std::string_view name, const json& schedulerConfig) {
    const auto& kinds = samplerKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.name == name; });
    if (kind == kinds.end()) {
        std::string known;
        for (const SamplerKind& one : kinds) known += (known.empty() ? "" : ", ") + std::string(one.name);
        throw badInput("There is no sampler " + inQuotes(name) + "; use " + known + ".");
    }
    if (!schedulerConfig.is_object() || fits(*kind, schedulerConfig)) return schedulerConfig;
    json config = schedulerConfig;
    config["_class_name"] = kind->className;
    for (const Choice& choice : choicesOf(name)) config[choice.key] = choice.value;
    return config;
}

} // namespace ldm
