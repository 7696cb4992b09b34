#include <analysis/endtoend.h>

#include <analysis/images.h>

#include "recording.h"

#include <quant/preparation.h>
#include <quant/quantize.h>
#include <quant/simulated.h>

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace analysis {

namespace {

/// One picture: where it starts and, once known, where full precision ends.
struct Picture {
    ldm::Conditioning conditioning;
    std::string prompt;
    at::Tensor full;
    at::Tensor roots; ///< [1, 1, height, width]: of the weights; undefined where all errors count alike

    quant::ErrorSums errors(const at::Tensor& latent) const {
        return roots.defined() ? quant::errorSums(full * roots, latent * roots) : quant::errorSums(full, latent);
    }
};

/// Told the timestep of each run beforehand; true if keys and values must be computed anew.
using Follow = std::function<bool(int timestep)>;

/// The latent after the last step, whatever it holds; nothing when stopped.
std::optional<at::Tensor> finalLatent(ldm::Networks& networks, const ldm::Conditioning& conditioning,
                                      ldm::Arithmetic& arithmetic, const std::stop_token& stop, const Follow& follow,
                                      const std::function<void()>& ran) {
    ldm::Trajectory trajectory(networks, conditioning);
    while (!trajectory.done()) {
        if (follow(trajectory.timestep())) trajectory.forgetKeyValues();
        const auto noise = ldm::StoppableArithmetic::unlessStopped(arithmetic, stop, [&](ldm::Arithmetic& running) {
            return networks.unet.finish(running, trajectory.state());
        });
        if (!noise) return std::nullopt;
        trajectory.advanceAnyhow(*noise);
        ran();
    }
    return trajectory.denoised();
}

/// Roots of the salience of a picture, at the size of its latent.
at::Tensor salienceRoots(ldm::Networks& networks, const Evaluator& evaluator, const std::string& prompt,
                         const at::Tensor& latent) {
    const ldm::Image image = ldm::decode(networks, latent).front();
    const std::optional<Recognition> seen = see(evaluator, image).recognition;
    if (!seen || std::ranges::all_of(seen->salience.map.values, [](float value) { return value == 0; }))
        throw ldm::badInput(
            "The picture of \"" + prompt +
            "\" cannot be weighted by salience: the evaluator recognises nothing, as it knows only emoji "
            "pictures of " +
            std::to_string(evaluator.side()) + " pixels; measure without that weight.");
    Plane map = resized(seen->salience.map, int(latent.size(3)), int(latent.size(2)));
    return at::from_blob(map.values.data(), {1, 1, map.height, map.width}).sqrt();
}

} // namespace

struct EndToEnd::Impl {
    Impl(ldm::Model opened, AnalysisSettings wanted, Weighting weighting)
        : model(std::move(opened)), preparer(model), settings(std::move(wanted)) {
        if (weighting == Weighting::Salience) evaluator = Evaluator::embedded();
    }

    ldm::Model model;
    quant::Preparer preparer; ///< keeps calibrations and treatments
    AnalysisSettings settings;
    std::optional<Evaluator> evaluator; ///< where salience counts
    std::vector<Picture> pictures;
    std::unique_ptr<quant::SimulatedArithmetic> arithmetic;

    ldm::Networks& networks() { return model.networks(); }
    bool prepare(const std::stop_token& stop, const ldm::ProgressSink& progress);
    void use(quant::Preparation ready);
    /// Counts runs of the network over all pictures.
    std::function<void()> counter(const char* what, const ldm::ProgressSink& progress);
};

std::function<void()> EndToEnd::Impl::counter(const char* what, const ldm::ProgressSink& progress) {
    const auto runs = std::int64_t(ldm::timestepsFor(networks(), pictures.front().conditioning.sampling).size());
    return [what, &progress, total = runs * std::int64_t(pictures.size()), done = std::int64_t{0}]() mutable {
        ldm::report(progress, what, ++done, total);
    };
}

/// Runs full precision where that was not done yet. False when stopped.
bool EndToEnd::Impl::prepare(const std::stop_token& stop, const ldm::ProgressSink& progress) {
    if (pictures.empty()) {
        std::vector<ldm::GenerateSettings> runs;
        for (std::size_t prompt = 0; prompt < settings.prompts.size(); ++prompt)
            runs.push_back(samplingOf(settings, prompt));
        const ldm::Conditioning all = ldm::prepare(networks(), runs);
        for (std::int64_t prompt = 0; prompt < all.prompts(); ++prompt)
            pictures.push_back({all.slice(prompt, 1), settings.prompts[std::size_t(prompt)], {}, {}});
    }
    const auto ran = counter("full precision", progress);
    for (Picture& picture : pictures) {
        if (picture.full.defined()) continue;
        const auto latent = finalLatent(
            networks(), picture.conditioning, networks().unetArithmetic, stop, [](int) { return false; }, ran);
        if (!latent) return false;
        ldm::requireFinite(networks(), *latent, "The latent of \"" + picture.prompt + "\"");
        if (evaluator) picture.roots = salienceRoots(networks(), *evaluator, picture.prompt, *latent);
        picture.full = *latent;
    }
    return true;
}

void EndToEnd::Impl::use(quant::Preparation ready) {
    if (arithmetic)
        arithmetic->apply(std::move(ready.plan), std::move(ready.calibration), std::move(ready.treatment));
    else
        arithmetic = std::make_unique<quant::SimulatedArithmetic>(
            networks().unetArithmetic, std::move(ready.plan), std::move(ready.calibration), std::move(ready.treatment));
}

EndToEnd::EndToEnd(ldm::Model model, AnalysisSettings settings, Weighting weighting)
    : m_impl(std::make_unique<Impl>(std::move(model), std::move(settings), weighting)) {
}

EndToEnd::~EndToEnd() = default;

std::optional<double> EndToEnd::measure(const quant::Recipe& recipe, std::stop_token stop,
                                        const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    auto ready = m_impl->preparer.prepare(recipe, samplingOf(m_impl->settings, 0), stop, progress);
    if (!ready) return std::nullopt;
    return measure(std::move(*ready), std::move(stop), progress);
}

std::optional<double> EndToEnd::measure(quant::Preparation ready, std::stop_token stop,
                                        const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    if (!m_impl->prepare(stop, progress)) return std::nullopt;
    m_impl->use(std::move(ready));
    const auto ran = m_impl->counter("measuring the recipe", progress);
    quant::ErrorSums sums;
    for (const Picture& picture : m_impl->pictures) {
        const auto latent = finalLatent(
            m_impl->networks(), picture.conditioning, *m_impl->arithmetic, stop,
            [&](int timestep) { return m_impl->arithmetic->setTimestep(timestep); }, ran);
        if (!latent) return std::nullopt;
        sums += picture.errors(*latent);
    }
    const double db = sums.db();
    return std::isnan(db) ? -std::numeric_limits<double>::infinity() : db;
}

} // namespace analysis
