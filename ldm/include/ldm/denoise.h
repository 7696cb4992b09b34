#pragma once

#include <ldm/generate.h>
#include <ldm/image.h>
#include <ldm/networks.h>
#include <ldm/progress.h>
#include <ldm/sampler.h>

#include <optional>
#include <stop_token>
#include <vector>

namespace ldm {

/// What a trajectory starts from: conditions and noise of one or more prompts P. With guidance all rows of the
/// condition hold the unconditional texts first, then the conditional ones: [2P, ...], else [P, ...].
struct Conditioning {
    Condition condition;
    /// [P, k, h, w] channels that follow the latent's in the UNet's input (inpainting), else undefined.
    at::Tensor extra;
    at::Tensor noise; ///< [P, C, h, w] float32, unit normal
    /// By UNet run: like `noise` where the sampler draws, else undefined; may be empty where it never does.
    std::vector<at::Tensor> stepNoise;
    bool guided = true;        ///< each run computes both halves of the guidance batch
    GenerateSettings sampling; ///< what the prompts share: sampler, steps, guidance, eta, size

    std::int64_t prompts() const { return noise.size(0); }
    /// Prompts [first, first + count) alone.
    Conditioning slice(std::int64_t first, std::int64_t count) const;
};

/// Encodes prompts (full precision) and draws or loads the noise. All settings must agree in everything but prompt,
/// negative prompt, seed and row of the latents. Inpainting UNets are given an empty picture to repaint as a whole.
Conditioning prepare(Networks& networks, const std::vector<GenerateSettings>& settings);

/// The sampler that checked settings name, over the model's own scheduler configuration. Throws BadInput.
std::unique_ptr<Sampler> samplerFor(const Networks& networks, const GenerateSettings& settings);

/// Training timesteps of the UNet runs as whole numbers, as Trajectory::timestep() tells them: never ascending, equal
/// where a sampler runs one twice.
std::vector<int> timestepsFor(const Networks& networks, const GenerateSettings& settings);

/// Sinusoids of the guidance scale as LCM pipelines embed it, [1, channels]: of 1000 (scale - 1), sines first.
at::Tensor guidanceEmbedding(double scale, int channels);

/// One denoising trajectory, advanced run by run so that two can go side by side. A sampler may need more UNet runs
/// than steps.
class Trajectory {
public:
    Trajectory(Networks& networks, Conditioning conditioning);

    std::size_t steps() const { return m_sampler->timesteps().size(); } ///< UNet runs
    std::size_t index() const { return m_index; }                       ///< of the run that comes next
    bool done() const { return m_index >= steps(); }
    /// Training timestep of the coming run, rounded where the sampler's is fractional.
    int timestep() const;
    /// The UNet's input for the coming run: scaled, and doubled where guidance needs it.
    UNetState state() const;
    /// Takes the UNet's output for state() and moves the latent on. Throws as requireFinite() does.
    void advance(const at::Tensor& modelOutput);
    /// The same where values that are not finite any more are a finding: of arithmetic under examination.
    void advanceAnyhow(const at::Tensor& modelOutput);
    /// Keys and values of the runs so far must not serve the coming ones: the arithmetic has changed.
    void forgetKeyValues() { m_keyValues = std::make_shared<KeyValueCache>(); }
    const at::Tensor& latent() const { return m_latent; } ///< [P, C, h, w] in the sampler's scaling
    /// The best guess at the clean latent so far: for previews, and the result when done.
    const at::Tensor& denoised() const { return m_denoised; }

private:
    Networks& m_networks;
    Conditioning m_conditioning;
    std::unique_ptr<Sampler> m_sampler;
    at::Tensor m_latent;
    at::Tensor m_denoised;
    std::size_t m_index = 0;
    std::shared_ptr<KeyValueCache> m_keyValues;
};

/// Says why `what`, which begins the sentence, is not finite: BadInput naming the first tensor of the model that holds
/// such values itself, LoRAs included, else Failed. Reads the whole model.
[[noreturn]] void refuseNotFinite(const Networks& networks, const std::string& what);
/// Nothing that is not finite may become a picture: then throws as above.
void requireFinite(const Networks& networks, const at::Tensor& result, const std::string& what);

/// Decodes latents [P, C, h, w] to pictures: unscaled, decoded (in tiles above 768 pixels), mapped from [-1, 1],
/// rounded.
std::vector<Image> decode(Networks& networks, const at::Tensor& latent);

/// Called before each UNet run with its training timestep, so that arithmetic with step ranges can follow. Returns true
/// if the arithmetic has changed.
using TimestepListener = std::function<bool(int timestep)>;

/// A whole picture: prepare, all steps with `arithmetic` in the UNet, decode. Returns nothing when stopped.
std::optional<Picture> generate(Networks& networks, Arithmetic& arithmetic, const GenerateSettings& settings,
                                std::stop_token stop = {}, const ProgressSink& progress = {},
                                const TimestepListener& onTimestep = {}, const PreviewSink& onPreview = {});

} // namespace ldm
