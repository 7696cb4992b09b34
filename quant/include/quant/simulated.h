#pragma once

#include <quant/calibration.h>
#include <quant/recipe.h>

#include <ldm/arithmetic.h>
#include <ldm/unet.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace quant {

/// Simulated quantization: quantized-then-dequantized weights and inputs in float32. Layers in fp32 pass through to
/// `full`. Quantized weights are made at first use, kept per layer and format as far as `keptBytes` allows, and dropped
/// by forget().
class SimulatedArithmetic final : public ldm::ForwardingArithmetic {
public:
    SimulatedArithmetic(ldm::Arithmetic& full, Plan plan, Calibration calibration,
                        std::int64_t keptBytes = ldm::kKeptWeightBytes);
    ~SimulatedArithmetic() override;

    /// Changes plan and ranges; weights that the new plan uses in the same format are kept.
    void apply(Plan plan, Calibration calibration);
    /// Selects the plan's segment for the coming UNet run. Returns true if the formats changed, so that caches of
    /// values computed with the old ones (keys and values) must go.
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

/// True if an activation format of the plan needs calibrated ranges.
bool needsCalibration(const Plan& plan);

/// Records min and max of every layer's input while passing everything on.
class CalibratingArithmetic final : public ldm::ForwardingArithmetic {
public:
    CalibratingArithmetic(ldm::Arithmetic& full, std::size_t layers);
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;
    /// While off, nothing is recorded.
    void setRecording(bool on) { m_recording = on; }
    /// Throws Failed naming the layer if an input was not finite.
    Calibration result(const ldm::ModelInfo& model) const;

private:
    void observe(const ldm::Layer& layer, const at::Tensor& x);
    std::vector<Range> m_ranges;
    std::vector<bool> m_seen;
    bool m_recording = true;
};

} // namespace quant
