#pragma once

#include <quant/calibrating.h>
#include <quant/treatment.h>

#include <map>

namespace quant {

/// Computes with one arithmetic while another watches every input as its treatment leaves it to be quantized: smoothed,
/// and in two parts where it is split, the second of which stands behind all layers.
class TreatedInputs final : public ldm::ForwardingArithmetic {
public:
    TreatedInputs(ldm::Arithmetic& full, CalibratingArithmetic& watcher, const Treatment& treatment)
        : ldm::ForwardingArithmetic(full), m_watcher(watcher), m_treatment(treatment) {}

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;

private:
    void show(const ldm::Layer& layer, const at::Tensor& x);

    CalibratingArithmetic& m_watcher;
    const Treatment& m_treatment;
};

/// The model's layers and behind them "LAYER.skip" for each split input: the inputs that have ranges.
ldm::ModelInfo withSplitInputs(ldm::ModelInfo model, const Treatment& treatment);

} // namespace quant
