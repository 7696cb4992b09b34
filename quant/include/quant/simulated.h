#pragma once

#include <quant/calibration.h>
#include <quant/keptweights.h>
#include <quant/recipe.h>
#include <quant/treatment.h>

#include <ldm/arithmetic.h>
#include <ldm/unet.h>

#include <memory>
#include <utility>

namespace quant {

/// Simulated quantization: quantized-then-dequantized weights and inputs in float32, or their codes as integers where
/// `kept` says so and that is exact: the same but for the rounding of float32 sums. Layers in fp32 pass through to
/// `full`. Weights are quantized at first use and kept, also for plans to come, as long as `kept` has room. A treated
/// layer computes Q(W s - L R) q(x / s) + L R (x / s): see LayerTreatment.
class SimulatedArithmetic final : public ldm::ForwardingArithmetic {
public:
    SimulatedArithmetic(ldm::Arithmetic& full, Plan plan, Calibration calibration, Treatment treatment = {},
                        std::shared_ptr<KeptWeights> kept = std::make_shared<KeptWeights>());
    ~SimulatedArithmetic() override;

    /// Changes plan, ranges and treatment. Weights of the old plan stay until their room is needed; those of treated
    /// layers, as long as their treatment does. Throws Failed if the plan needs ranges that are missing.
    void apply(Plan plan, Calibration calibration, Treatment treatment = {});
    /// Selects the plan's segment and the ranges for the coming UNet run. Returns true if either changed, so that
    /// caches of values computed with the old ones (keys and values) must go.
    bool setTimestep(int timestep);
    /// Frees the weights quantized so far.
    void forget();

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// A plan that gives every layer one format.
Plan uniformPlan(const ldm::ModelInfo& model, Format format);

/// True if an activation format of the plan has a calibrated range.
bool needsCalibration(const Plan& plan);

} // namespace quant
