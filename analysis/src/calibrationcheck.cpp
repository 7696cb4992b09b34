#include <analysis/calibrationcheck.h>

#include "recording.h"

#include <analysis/endtoend.h>

#include <quant/preparation.h>
#include <quant/simulated.h>

#include <ldm/error.h>

#include <c10/core/InferenceMode.h>

#include <chrono>

namespace analysis {

namespace {

/// The recipe calibrated at certain steps; nothing when stopped.
std::optional<CalibrationOutcome> outcome(const ldm::Model& model, quant::Recipe recipe, const std::string& steps,
                                          const AnalysisSettings& settings, EndToEnd& meter,
                                          const std::stop_token& stop, const ldm::ProgressSink& progress) {
    using Clock = std::chrono::steady_clock;
    recipe.calibration.steps = steps;
    const Clock::time_point start = Clock::now();
    auto ready = quant::Preparer(model).prepare(recipe, samplingOf(settings, 0), stop, progress);
    if (!ready) return std::nullopt;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const auto db = meter.measure(std::move(*ready), stop, progress);
    if (!db) return std::nullopt;
    return CalibrationOutcome{*db, seconds};
}

} // namespace

std::optional<CalibrationCheck> checkCalibrations(const ldm::Model& model, const quant::Recipe& recipe,
                                                  const AnalysisSettings& settings, std::stop_token stop,
                                                  const ldm::ProgressSink& progress) {
    const quant::Plan plan = quant::resolve(recipe, model.info());
    if (!quant::needsCalibration(plan) && !quant::needsInputs(plan))
        throw ldm::badInput("Recipe '" + recipe.name +
                            "' has nothing to calibrate: no activations with static ranges, no smoothing and no error "
                            "feedback; name one such as w8a8.");
    if (!recipe.calibration.file.empty())
        throw ldm::badInput("Recipe '" + recipe.name + "' takes its ranges from " + recipe.calibration.file +
                            "; remove 'file' to compare calibrations.");
    const c10::InferenceMode inference;
    EndToEnd meter(model, settings);
    const auto first = outcome(model, recipe, "first", settings, meter, stop, progress);
    if (!first) return std::nullopt;
    const auto all = outcome(model, recipe, "all", settings, meter, stop, progress);
    if (!all) return std::nullopt;
    return CalibrationCheck{*first, *all};
}

} // namespace analysis
