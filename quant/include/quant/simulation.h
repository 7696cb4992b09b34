#pragma once

#include <quant/calibration.h>
#include <quant/products.h>
#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/image.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <memory>
#include <optional>
#include <stop_token>

namespace quant {

/// Makes pictures of one model in full precision and under recipes. Keeps calibrations (by settings) and the weights
/// quantized last, so that a second picture of the same recipe costs no more than its own steps. One thread at a time.
class Simulation {
public:
    explicit Simulation(ldm::Model model, Products products = Products::Integer);
    ~Simulation();

    const ldm::Model& model() const;
    /// Full precision. Nothing when stopped.
    std::optional<ldm::Picture> full(const ldm::GenerateSettings& settings, std::stop_token stop = {},
                                     const ldm::ProgressSink& progress = {}, const ldm::PreviewSink& preview = {});
    /// With the recipe's precision in the UNet; calibrates first where no ranges for the recipe's settings are kept.
    std::optional<ldm::Picture> quantized(const Recipe& recipe, const ldm::GenerateSettings& settings,
                                          std::stop_token stop = {}, const ldm::ProgressSink& progress = {},
                                          const ldm::PreviewSink& preview = {});
    /// The ranges a recipe's calibration settings give with these sampling settings (prompt and seed replaced by the
    /// recipe's prompts and the seeds 0, 1, ...). Needed only where the plan has static integer or fp8 activations.
    std::optional<Calibration> calibration(const CalibrationSettings& how, const ldm::GenerateSettings& sampling,
                                           std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quant
