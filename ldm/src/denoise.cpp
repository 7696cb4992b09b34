#include <ldm/denoise.h>

#include "pixels.h"

#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ldm {

namespace {

/// Larger pictures are decoded in tiles.
constexpr std::int64_t kMostPixelsWhole = 768;

int whole(double timestep) {
    return static_cast<int>(std::lround(timestep));
}

std::vector<Image> decodedBy(Arithmetic& arithmetic, Networks& networks, const at::Tensor& latent) {
    const at::NoGradGuard noGrad;
    const Autoencoder& autoencoder = networks.autoencoder();
    const AutoencoderFacts& facts = autoencoder.facts();
    const at::Tensor unscaled = (latent / facts.scalingFactor).to(networks.vaeArithmetic.device());
    const bool whole = std::max(latent.size(2), latent.size(3)) * facts.scale <= kMostPixelsWhole;
    std::vector<Image> images;
    for (std::int64_t i = 0; i < unscaled.size(0); ++i) { // one by one: memory grows with the batch
        const at::Tensor one = unscaled.narrow(0, i, 1);
        const at::Tensor pixels =
            whole ? autoencoder.decode(arithmetic, one) : decodeTiled(autoencoder, arithmetic, one);
        requireFinite(networks, pixels, "The decoded picture");
        images.push_back(imageOf(pixels[0]));
    }
    requireWhole(networks.checkpoint);
    return images;
}

std::vector<float> valuesOf(const at::Tensor& latent) {
    const at::Tensor plain = latent.cpu().contiguous();
    const float* values = plain.data_ptr<float>();
    return {values, values + plain.numel()};
}

void showPreview(Networks& networks, const Trajectory& trajectory, int timestep, const PreviewSink& sink) {
    if (!sink) return;
    if (!networks.latentPreview) {
        networks.latentPreview = LatentPreview::fit(networks.autoencoder(), networks.vaeArithmetic);
        requireWhole(networks.checkpoint);
    }
    const Image coarse = networks.latentPreview->of(trajectory.denoised().narrow(0, 0, 1));
    sink(static_cast<int>(trajectory.index()), {coarse, timestep, valuesOf(trajectory.latent().narrow(0, 0, 1))});
}

} // namespace

std::unique_ptr<Sampler> samplerFor(const Networks& networks, const GenerateSettings& settings) {
    nlohmann::json config = networks.checkpoint.scheduler;
    if (!settings.scheduler.empty()) config = configFor(settings.scheduler, config);
    return makeSampler(config, networks.checkpoint.schedulerName, {settings.steps, settings.eta, 0});
}

std::vector<int> timestepsFor(const Networks& networks, const GenerateSettings& settings) {
    const std::unique_ptr<Sampler> sampler = samplerFor(networks, settings); // must outlive the loop over its timesteps
    std::vector<int> timesteps;
    for (const double timestep : sampler->timesteps()) timesteps.push_back(whole(timestep));
    return timesteps;
}

Trajectory::Trajectory(Networks& networks, Conditioning conditioning)
    : m_networks(networks), m_conditioning(std::move(conditioning)),
      m_sampler(samplerFor(networks, m_conditioning.sampling)),
      m_latent(m_conditioning.noise * static_cast<float>(m_sampler->initialSigma())), m_denoised(m_latent),
      m_keyValues(std::make_shared<KeyValueCache>()) {
}

int Trajectory::timestep() const {
    return whole(m_sampler->timesteps().at(m_index));
}

UNetState Trajectory::state() const {
    const at::NoGradGuard noGrad;
    at::Tensor input = m_sampler->input(m_index, m_latent);
    if (m_conditioning.extra.defined()) input = at::cat({input, m_conditioning.extra}, 1);
    if (m_conditioning.guided) input = at::cat({input, input});
    const auto timestep = static_cast<float>(m_sampler->timesteps().at(m_index));
    UNetState state = m_networks.unet.start(input, at::full({1}, timestep, input.options()), m_conditioning.condition);
    state.keyValues = m_keyValues;
    return state;
}

void Trajectory::advance(const at::Tensor& modelOutput) {
    const std::string place = " of the UNet's run " + std::to_string(m_index + 1) + " of " + std::to_string(steps()) +
                              " (timestep " + std::to_string(timestep()) + ")";
    requireFinite(m_networks, modelOutput, "The result" + place);
    advanceAnyhow(modelOutput);
    requireFinite(m_networks, m_latent, "The latent after the end" + place);
}

void Trajectory::advanceAnyhow(const at::Tensor& modelOutput) {
    const at::NoGradGuard noGrad;
    requireWhole(m_networks.checkpoint);
    at::Tensor output = modelOutput;
    if (m_conditioning.guided) {
        const auto halves = modelOutput.chunk(2);
        output = halves[0] + m_conditioning.sampling.guidance * (halves[1] - halves[0]);
    }
    const at::Tensor noise = m_sampler->drawsNoise(m_index) ? m_conditioning.stepNoise.at(m_index) : at::Tensor();
    const Sampler::Step step = m_sampler->step(m_index, output, m_latent, noise);
    m_latent = step.sample;
    ++m_index;
    m_denoised = done() ? step.sample : step.denoised;
}

std::vector<Image> decode(Networks& networks, const at::Tensor& latent) {
    return decodedBy(networks.vaeArithmetic, networks, latent);
}

std::optional<Picture> generate(Networks& networks, Arithmetic& arithmetic, const GenerateSettings& settings,
                                std::stop_token stop, const ProgressSink& progress, const TimestepListener& onTimestep,
                                const PreviewSink& onPreview) {
    const at::NoGradGuard noGrad;
    networks.requireForPictures();
    Trajectory trajectory(networks, prepare(networks, {settings}));
    const auto total = static_cast<std::int64_t>(trajectory.steps());
    while (!trajectory.done()) {
        report(progress, "denoising", static_cast<std::int64_t>(trajectory.index()), total);
        if (onTimestep && onTimestep(trajectory.timestep())) trajectory.forgetKeyValues();
        const auto output = StoppableArithmetic::unlessStopped(
            arithmetic, stop, [&](Arithmetic& running) { return networks.unet.finish(running, trajectory.state()); });
        if (!output) return std::nullopt;
        const int timestep = trajectory.timestep();
        trajectory.advance(*output);
        showPreview(networks, trajectory, timestep, onPreview);
    }
    report(progress, "decoding", total, total);
    auto images = StoppableArithmetic::unlessStopped(networks.vaeArithmetic, stop, [&](Arithmetic& running) {
        return decodedBy(running, networks, trajectory.denoised());
    });
    if (!images) return std::nullopt;
    return Picture{std::move(images->front()), valuesOf(trajectory.denoised())};
}

} // namespace ldm
