#include "heldout.h"

#include "recording.h"

#include <quant/quantize.h>

#include <ldm/networks.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <limits>

namespace analysis {

namespace {

/// Between the seeds of an analysis and those of the pictures held out from it.
constexpr std::uint64_t kOtherSeeds = 500;

AnalysisSettings withOtherSeeds(AnalysisSettings settings) {
    settings.seed += kOtherSeeds;
    settings.latents.clear();
    return settings;
}

std::optional<at::Tensor> predicted(ldm::Networks& networks, ldm::Arithmetic& arithmetic, const ldm::UNetState& start,
                                    const std::stop_token& stop) {
    return ldm::StoppableArithmetic::unlessStopped(
        arithmetic, stop, [&](ldm::Arithmetic& running) { return networks.unet.finish(running, start); });
}

} // namespace

HeldOut::HeldOut(ldm::Model model, AnalysisSettings settings)
    : m_model(std::move(model)), m_settings(withOtherSeeds(std::move(settings))), m_preparer(m_model) {
}

/// False when stopped.
bool HeldOut::record(ldm::Trajectory trajectory, const std::stop_token& stop) {
    auto& networks = m_model.networks();
    while (!trajectory.done()) {
        Run run{trajectory.state(), {}, trajectory.timestep()};
        const auto noise = predicted(networks, networks.unetArithmetic, run.start, stop);
        if (!noise) return false;
        run.noise = *noise;
        run.start.keyValues = nullptr; // they are those of full precision
        m_runs.push_back(std::move(run));
        trajectory.advance(*noise);
    }
    return true;
}

/// Full precision, where that was not run yet. False when stopped.
bool HeldOut::recordAll(const std::stop_token& stop, const ldm::ProgressSink& progress) {
    if (!m_runs.empty()) return true;
    auto& networks = m_model.networks();
    const auto pictures = m_settings.prompts.size();
    for (std::size_t prompt = 0; prompt < pictures; ++prompt) {
        ldm::report(progress, "pictures held out", std::int64_t(prompt), std::int64_t(pictures));
        ldm::Trajectory trajectory(networks, ldm::prepare(networks, {samplingOf(m_settings, prompt)}));
        if (record(std::move(trajectory), stop)) continue;
        m_runs.clear();
        return false;
    }
    return true;
}

std::optional<double> HeldOut::measure(const quant::Recipe& recipe, const std::stop_token& stop,
                                       const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    if (!recordAll(stop, progress)) return std::nullopt;
    auto ready = m_preparer.prepare(recipe, samplingOf(m_settings, 0), stop, progress);
    if (!ready) return std::nullopt;
    if (m_arithmetic)
        m_arithmetic->apply(std::move(ready->plan), std::move(ready->calibration), std::move(ready->treatment));
    else
        m_arithmetic =
            std::make_unique<quant::SimulatedArithmetic>(m_model.networks().unetArithmetic, std::move(ready->plan),
                                                         std::move(ready->calibration), std::move(ready->treatment));
    quant::ErrorSums sums;
    std::int64_t done = 0;
    for (const Run& run : m_runs) {
        ldm::report(progress, "judging the recipe", done++, std::int64_t(m_runs.size()));
        m_arithmetic->setTimestep(run.timestep);
        const auto noise = predicted(m_model.networks(), *m_arithmetic, run.start, stop);
        if (!noise) return std::nullopt;
        sums += quant::errorSums(run.noise, *noise);
    }
    ldm::requireWhole(m_model);
    const double db = sums.db();
    return std::isnan(db) ? -std::numeric_limits<double>::infinity() : db;
}

} // namespace analysis
