#pragma once

#include <quant/calibration.h>
#include <quant/recipe.h>
#include <quant/treatment.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace quant {

/// A recipe made ready to run on a model: what SimulatedArithmetic takes.
struct Preparation {
    Plan plan;
    Calibration calibration; ///< empty where no format of the plan needs ranges
    Treatment treatment;     ///< empty where the recipe asks for none
};

/// The pictures a recipe is calibrated with: each prompt of its settings with the seeds 0, 1, ...; the rest as in
/// `sampling`, whose prompt, seed and latents are not looked at.
std::vector<ldm::GenerateSettings> calibrationRuns(const CalibrationSettings& how,
                                                   const ldm::GenerateSettings& sampling, const ldm::ModelInfo& model);

/// Makes recipes ready to run and keeps the latest treatments and ranges, so that recipes which share them, or the same
/// recipe again, cost nothing more. One thread at a time.
class Preparer {
public:
    explicit Preparer(ldm::Model model);
    ~Preparer();
    Preparer(Preparer&&) noexcept;

    /// Runs full precision over calibrationRuns() where the recipe's formats or treatments need it and nothing is kept.
    /// Throws as resolve(), treat() and ranges() do. Nothing when stopped.
    std::optional<Preparation> prepare(const Recipe& recipe, const ldm::GenerateSettings& sampling,
                                       std::stop_token stop = {}, const ldm::ProgressSink& progress = {});
    /// The ranges that a recipe's settings give for a treated model: of its file, else as calibrate() finds them.
    /// Throws as that does, and BadInput for a file beside smoothing, which changes ranges.
    std::optional<Calibration> ranges(const CalibrationSettings& how, const ldm::GenerateSettings& sampling,
                                      const Treatment& treatment = {}, std::stop_token stop = {},
                                      const ldm::ProgressSink& progress = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quant
