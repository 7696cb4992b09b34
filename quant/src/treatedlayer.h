#pragma once

#include <quant/treatment.h>

#include <ldm/arithmetic.h>

#include <optional>

namespace quant {

/// A layer with a treatment, ready to compute with in one weight format. Copies share the weights.
class TreatedLayer {
public:
    TreatedLayer(const ldm::Layer& layer, const LayerTreatment& treatment, WeightFormat format, at::Device device);

    /// `quantized` and `smoothed` are the same input, before and after it was quantized.
    at::Tensor run(const at::Tensor& quantized, const at::Tensor& smoothed) const;
    std::int64_t bytes() const;

private:
    ldm::PreparedLayer m_remainder;
    std::optional<ldm::PreparedLayer> m_right; ///< the two steps of the low-rank part
    std::optional<ldm::PreparedLayer> m_left;
};

/// The dimension of a layer's input along which its channels lie.
inline std::int64_t channelDim(const ldm::Layer& layer, const at::Tensor& x) {
    return layer.kind == ldm::LayerKind::Conv2d ? 1 : x.dim() - 1;
}

} // namespace quant
