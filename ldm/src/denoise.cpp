#include <ldm/denoise.h>

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ldm {

namespace {

/// The tensor `latents` of a file, which must be float32 [P, C, h, w].
at::Tensor loadedNoise(const std::filesystem::path& path, at::IntArrayRef shape) {
    const SafetensorsFile file = SafetensorsFile::open(path);
    const TensorEntry* entry = file.find("latents");
    if (!entry)
        throw badInput(path.string() + ": there is no tensor \"latents\" in the file; give one with float32 noise.");
    const at::IntArrayRef found(entry->shape);
    if (entry->dtype != DType::F32 || found != shape)
        throw badInput(path.string() + ": tensor \"latents\" must be F32 of shape " + c10::str(shape) + ", but is " +
                       std::string(nameOf(entry->dtype)) + " of shape " + c10::str(found) + ".");
    return view(file, *entry).clone();
}

/// Unit normal noise, one generator per picture, so that a picture does not depend on its neighbours in the batch.
at::Tensor seededNoise(const std::vector<GenerateSettings>& settings, std::int64_t channels, std::int64_t height,
                       std::int64_t width) {
    std::vector<at::Tensor> rows;
    for (const GenerateSettings& one : settings) {
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(one.seed);
        rows.push_back(at::randn({1, channels, height, width}, generator, at::kFloat));
    }
    return at::cat(rows);
}

at::Tensor noiseFor(const Networks& networks, const std::vector<GenerateSettings>& settings) {
    const GenerateSettings& first = settings.front();
    const std::int64_t channels = networks.unet.config().inChannels;
    const std::int64_t height = first.height / networks.info.vaeScale, width = first.width / networks.info.vaeScale;
    if (!first.latents.empty())
        return loadedNoise(first.latents, {static_cast<std::int64_t>(settings.size()), channels, height, width});
    return seededNoise(settings, channels, height, width);
}

bool isGuided(double guidance) {
    return guidance > 1;
}

std::vector<GenerateSettings> agreeing(const std::vector<GenerateSettings>& settings, const ModelInfo& info) {
    if (settings.empty()) throw badInput("There is no prompt to make a picture of.");
    std::vector<GenerateSettings> result;
    for (const GenerateSettings& one : settings) result.push_back(checked(one, info));
    const GenerateSettings& first = result.front();
    for (const GenerateSettings& one : result)
        if (one.width != first.width || one.height != first.height || one.steps != first.steps ||
            one.guidance != first.guidance || one.latents != first.latents)
            throw badInput("Prompts that run together must agree in size, steps, guidance and latents.");
    return result;
}

} // namespace

GenerateSettings checked(GenerateSettings settings, const ModelInfo& model) {
    const auto fitted = [&](int pixels, int standard, const char* what) {
        const int size = pixels == 0 ? standard : pixels;
        if (size < model.vaeScale || size > 8192 || size % model.vaeScale != 0)
            throw badInput(std::string("The ") + what + " of " + std::to_string(size) +
                           " pixels cannot be made; use a multiple of " + std::to_string(model.vaeScale) +
                           " up to 8192.");
        return size;
    };
    settings.width = fitted(settings.width, model.defaultWidth, "width");
    settings.height = fitted(settings.height, model.defaultHeight, "height");
    if (settings.scheduler != "ddim")
        throw badInput("The scheduler \"" + settings.scheduler + "\" is not in this version; use \"ddim\".");
    if (settings.steps < 1 || settings.steps > 1000)
        throw badInput("The number of steps is " + std::to_string(settings.steps) + ", but must be 1 to 1000.");
    if (!std::isfinite(settings.guidance) || std::abs(settings.guidance) > 1000)
        throw badInput("The guidance scale must be a number between -1000 and 1000.");
    return settings;
}

Conditioning prepare(Networks& networks, const std::vector<GenerateSettings>& settings) {
    const at::NoGradGuard noGrad;
    const std::vector<GenerateSettings> all = agreeing(settings, networks.info);
    Conditioning result;
    result.guided = isGuided(all.front().guidance);
    std::vector<std::vector<int>> tokens;
    if (result.guided)
        for (const GenerateSettings& one : all) tokens.push_back(networks.tokenizer.padded(one.negative));
    for (const GenerateSettings& one : all) tokens.push_back(networks.tokenizer.padded(one.prompt));
    result.context = networks.textEncoder.encode(networks.textArithmetic, tokens).last;
    result.noise = noiseFor(networks, all);
    return result;
}

Trajectory::Trajectory(Networks& networks, Conditioning conditioning, int steps, double guidance)
    : m_networks(networks), m_conditioning(std::move(conditioning)), m_ddim(networks.scheduler, steps),
      m_guidance(guidance), m_latent(m_conditioning.noise), m_keyValues(std::make_shared<KeyValueCache>()) {
}

UNetState Trajectory::state() const {
    const at::NoGradGuard noGrad;
    const at::Tensor input = m_conditioning.guided ? at::cat({m_latent, m_latent}) : m_latent;
    UNetState state =
        m_networks.unet.start(input, at::full({1}, static_cast<float>(timestep())), m_conditioning.context);
    state.keyValues = m_keyValues;
    return state;
}

void Trajectory::advance(const at::Tensor& modelOutput) {
    const at::NoGradGuard noGrad;
    at::Tensor noise = modelOutput;
    if (m_conditioning.guided) {
        const auto halves = modelOutput.chunk(2);
        noise = halves[0] + m_guidance * (halves[1] - halves[0]);
    }
    m_latent = m_ddim.step(m_index, noise, m_latent);
    ++m_index;
}

std::vector<Image> decode(Networks& networks, const at::Tensor& latent) {
    const at::NoGradGuard noGrad;
    const at::Tensor scaled = latent / networks.vae.config().scalingFactor;
    std::vector<Image> images;
    for (std::int64_t i = 0; i < scaled.size(0); ++i) { // one by one: the VAE's memory grows with the batch
        const at::Tensor pixels = networks.vae.decode(networks.vaeArithmetic, scaled.narrow(0, i, 1))[0];
        const at::Tensor unit = (pixels / 2 + 0.5).clamp(0, 1);
        const at::Tensor bytes = (unit.permute({1, 2, 0}) * 255).round().to(at::kByte).contiguous();
        const auto* data = bytes.data_ptr<std::uint8_t>();
        images.push_back({static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)),
                          std::vector<std::uint8_t>(data, data + bytes.numel())});
    }
    return images;
}

std::optional<Image> generate(Networks& networks, Arithmetic& arithmetic, const GenerateSettings& settings,
                              std::stop_token stop, const ProgressSink& progress, const TimestepListener& onTimestep) {
    const at::NoGradGuard noGrad;
    Trajectory trajectory(networks, prepare(networks, {settings}), settings.steps, settings.guidance);
    const auto total = static_cast<std::int64_t>(trajectory.steps());
    while (!trajectory.done()) {
        report(progress, "denoising", static_cast<std::int64_t>(trajectory.index()), total);
        if (onTimestep) onTimestep(trajectory.timestep());
        UNetState state = trajectory.state();
        for (const Stage& stage : networks.unet.stages()) {
            if (stop.stop_requested()) return std::nullopt;
            stage.run(arithmetic, state);
        }
        trajectory.advance(state.hidden);
    }
    report(progress, "decoding", total, total);
    if (stop.stop_requested()) return std::nullopt;
    return decode(networks, trajectory.latent()).front();
}

} // namespace ldm
