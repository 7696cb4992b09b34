#pragma once

#include <quant/calibrating.h>
#include <quant/treatment.h>

#include <cstddef>
#include <map>
#include <vector>

namespace quant {

/// Shows a watcher what some layers put out, as if these were more inputs; passes everything on.
class CalibratedOutputs final : public ldm::ForwardingArithmetic {
public:
    /// The outputs of `layers` have the indices from `first` on.
    CalibratedOutputs(ldm::Arithmetic& full, CalibratingArithmetic& watcher, const std::vector<int>& layers,
                      std::size_t first);

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;

private:
    at::Tensor shown(const ldm::Layer& layer, at::Tensor output);

    CalibratingArithmetic& m_watcher;
    std::map<int, int> m_indices; ///< by layer
};

/// calibrate() for a treated model with the ranges of the outputs of some layers behind all others.
std::optional<Calibration> calibrateWithOutputs(const ldm::Model& model, const std::vector<ldm::GenerateSettings>& runs,
                                                const CalibrationSettings& how, const Treatment& treatment,
                                                const std::vector<int>& outputs, std::stop_token stop = {},
                                                const ldm::ProgressSink& progress = {});

} // namespace quant
