#pragma once

#include <quant/calibration.h>

#include <ldm/arithmetic.h>

#include <cstddef>
#include <memory>
#include <optional>

namespace quant {

/// Watches every layer's input while passing everything on, and tells the ranges afterwards.
class CalibratingArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// Of `how`, range, percentile and intervals count; checked as checkCalibration() does.
    CalibratingArithmetic(ldm::Arithmetic& full, std::size_t layers, const CalibrationSettings& how = {});
    ~CalibratingArithmetic() override;

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;
    /// Takes a tensor for the input of that index alone: what linear() and conv2d() do with the input of their layer.
    void observe(int input, const at::Tensor& x);
    /// While off, nothing is recorded.
    void setRecording(bool on);
    /// The training timestep of the coming UNet run, which chooses the interval.
    void setTimestep(int timestep);
    /// The first layer whose input was not finite, by index; -1 if there was none.
    int lostLayer() const;
    /// Intervals without a run take the ranges of their nearest neighbours on both sides. Throws Failed naming the
    /// layer whose input was not finite, or that never ran.
    Calibration result(const ldm::ModelInfo& model) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Smallest and largest value of a tensor that is not empty; nothing if one is no finite number.
std::optional<Range> rangeOf(const at::Tensor& x);

/// Throws BadInput for steps or a range that do not exist, a percentile outside ]50, 100] and intervals outside 1..100.
void checkCalibration(const CalibrationSettings& how);

} // namespace quant
