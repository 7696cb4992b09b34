#include "pipeline.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>

#include <cmath>
#include <stdexcept>

namespace parity {

namespace {

using support::Tolerance;

ldm::GenerateSettings settingsOf(const Checks& checks, const ldm::Networks& networks, const json& trajectory,
                                 const at::Tensor& noise) {
    const json& prompts = checks.description().at("prompts");
    ldm::GenerateSettings settings;
    settings.prompt = prompts.at(trajectory.at("prompt").get<std::size_t>());
    if (const json& negative = trajectory.at("negative"); !negative.is_null())
        settings.negative = prompts.at(negative.get<std::size_t>());
    settings.steps = trajectory.at("steps");
    settings.guidance = trajectory.at("guidance");
    settings.eta = trajectory.value("eta", 0.0);
    if (trajectory.contains("clip_skip") && !trajectory.at("clip_skip").is_null())
        settings.clipSkip = trajectory.at("clip_skip");
    settings.height = static_cast<int>(noise.size(2)) * networks.info.vaeScale;
    settings.width = static_cast<int>(noise.size(3)) * networks.info.vaeScale;
    return settings;
}

void checkTables(Checks& checks, const ldm::Sampler& sampler, const json& trajectory, const std::string& prefix) {
    const auto expected = trajectory.at("timesteps").get<std::vector<double>>();
    bool equal = expected.size() == sampler.timesteps().size();
    for (std::size_t i = 0; equal && i < expected.size(); ++i)
        equal = std::abs(expected[i] - sampler.timesteps()[i]) <= 1e-6 * std::max(1.0, expected[i]);
    checks.require(equal, prefix + "timesteps");
    const double sigma = trajectory.at("init_noise_sigma");
    checks.require(std::abs(sampler.initialSigma() - sigma) <= 1e-6 * sigma, prefix + "init_noise_sigma");
}

/// Puts the recorded noise, in the order drawn, where the sampler draws.
void replaceNoise(Checks& checks, std::vector<at::Tensor>& byRun, const std::string& prefix) {
    const bool recorded = checks.reference().has(prefix + "noise");
    const at::Tensor noise = recorded ? checks.recorded(prefix + "noise") : at::Tensor();
    const std::int64_t available = recorded ? noise.size(0) : 0;
    std::int64_t drawn = 0;
    for (at::Tensor& one : byRun) {
        if (!one.defined()) continue;
        if (drawn < available) one = noise.narrow(0, drawn, 1);
        ++drawn;
    }
    checks.require(drawn == available, prefix + "number of draws");
}

void checkPicture(Checks& checks, ldm::Networks& networks, const std::string& prefix, const at::Tensor& latent) {
    const ldm::Autoencoder& autoencoder = networks.autoencoder();
    const ldm::AutoencoderFacts& facts = autoencoder.facts();
    const at::Tensor unscaled = latent / facts.scalingFactor;
    checks.compare(prefix + "image", autoencoder.decode(networks.vaeArithmetic, unscaled), Tolerance::kTrajectory);
    if (!checks.reference().has(prefix + "image_u8")) return;
    std::vector<at::Tensor> pictures;
    for (const ldm::Image& image : ldm::decode(networks, latent))
        pictures.push_back(
            at::tensor(at::ArrayRef<std::uint8_t>(image.rgb), at::kByte).view({image.height, image.width, 3}));
    checks.comparePicture(prefix + "image_u8", at::stack(pictures));
}

void checkTrajectory(Checks& checks, ldm::Networks& networks, const json& trajectory) {
    const std::string prefix = "traj/" + trajectory.at("id").get<std::string>() + "/";
    checks.onlyKeys(trajectory,
                    {"id", "scheduler", "steps", "guidance", "prompt", "negative", "seed", "noise", "full_image",
                     "kwargs", "optional", "eta", "clip_skip", "timesteps", "init_noise_sigma", "scheduler_config",
                     "unet_calls"},
                    prefix);
    const json& scheduler = trajectory.at("scheduler_config");
    checks.require(scheduler.at("_class_name") == trajectory.at("scheduler"), prefix + "scheduler");
    networks.checkpoint.scheduler = scheduler;
    networks.info.sampler = std::string(ldm::samplerNameOf(scheduler));
    const at::Tensor noise = checks.recorded(prefix + "init_noise");
    ldm::Conditioning conditioning = ldm::prepare(networks, {settingsOf(checks, networks, trajectory, noise)});
    conditioning.noise = noise;
    replaceNoise(checks, conditioning.stepNoise, prefix);
    checkTables(checks, *ldm::samplerFor(networks, conditioning.sampling), trajectory, prefix);

    ldm::Trajectory run(networks, std::move(conditioning));
    checks.require(run.steps() == trajectory.at("unet_calls"), prefix + "unet_calls");
    std::vector<at::Tensor> latents;
    while (!run.done()) {
        const at::Tensor out = networks.unet.finish(networks.unetArithmetic, run.state());
        if (run.index() == 0) checks.compare(prefix + "unet_out_first", out, Tolerance::kSingleForward);
        run.advance(out);
        latents.push_back(run.latent());
    }
    checks.compare(prefix + "latents", at::cat(latents), Tolerance::kTrajectory);
    checks.compare(prefix + "final_latent", run.denoised(), Tolerance::kTrajectory);
    checkPicture(checks, networks, prefix, run.denoised());
}

} // namespace

void checkTrajectories(Checks& checks, ldm::Networks& networks) {
    for (const json& trajectory : checks.description().at("trajectories"))
        checks.section("traj/" + trajectory.at("id").get<std::string>(),
                       [&] { checkTrajectory(checks, networks, trajectory); });
}

} // namespace parity
