#pragma once

#include "lowering.h"

#include <ldm/arithmetic.h>
#include <ldm/weightcache.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace quant::onnx {

/// Computes the layers of a UNet as its graph does: with the weights that this holds, inputs and outputs rounded where
/// it rounds them; all else as `full` does.
class DeployedArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// `layers` by Layer::id; `weight` gives a layer's values, float32 in its shape.
    DeployedArithmetic(ldm::Arithmetic& full, std::vector<LayerPrecision> layers,
                       std::function<at::Tensor(const ldm::Layer&)> weight)
        : ldm::ForwardingArithmetic(full), m_layers(std::move(layers)), m_weight(std::move(weight)) {}

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override { return run(layer, x); }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override { return run(layer, x); }

private:
    at::Tensor run(const ldm::Layer& layer, const at::Tensor& x);

    std::vector<LayerPrecision> m_layers;
    std::function<at::Tensor(const ldm::Layer&)> m_weight;
    ldm::WeightCache<int, ldm::PreparedLayer> m_prepared{ldm::kKeptWeightBytes};
};

/// x as QuantizeLinear and DequantizeLinear leave it.
at::Tensor rounded(const at::Tensor& x, const ActivationScale& scale);

/// What a graph that lowered() made holds of these layers, by their ids. Throws BadInput naming a layer that it does
/// not have.
std::vector<LayerPrecision> precisionsIn(const Graph& graph, const std::vector<const ldm::Layer*>& layers);

/// A weight as such a graph holds it.
struct GraphWeight {
    const Initializer* constant;
    const Initializer* scale; ///< float32 [out] where the constant is int8; null where it is float32 itself

    at::Tensor values() const; ///< float32, in the constant's shape
};
/// Nothing where a constant is stored in another way.
std::optional<GraphWeight> weightOf(const Graph& graph, const Initializer& constant);

/// The float32 values of a layer's weight in such a graph, in the layer's shape. Throws BadInput where there are none,
/// or of another size.
at::Tensor weightIn(const Graph& graph, const ldm::Layer& layer);

} // namespace quant::onnx
