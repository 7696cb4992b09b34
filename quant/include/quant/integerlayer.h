#pragma once

#include <quant/quantize.h>

#include <ldm/arithmetic.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace quant {

/// A layer computed by integers: 8-bit codes of weights and inputs, their products summed in 32 bits by oneDNN, the
/// sums scaled per output channel to float32. The sums are exact for codes up to largestExactCode() and inner
/// dimensions below 2^16, so the result differs from the same layer in float32 by the rounding of the latter's sum.
/// Copies share the weights.
class IntegerLayer {
public:
    /// `weights` stands in for the layer's own: one scale per output channel.
    IntegerLayer(const ldm::Layer& layer, const IntegerWeights& weights);

    /// x as Arithmetic::linear or conv2d take it, float32 on the CPU, its values quantized as `scale` says; those of
    /// more than 255 levels are two bytes and two products, added in float32. Contiguous result; nothing if x holds a
    /// NaN, which no code stands for. The first run with another shape or scale prepares itself, so one thread at a
    /// time.
    std::optional<at::Tensor> run(const at::Tensor& x, const ActivationScale& scale) const;
    /// Of the weights, both plain and in oneDNN's order.
    std::int64_t bytes() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace quant
