#pragma once

#include <ldm/arithmetic.h>

#include <map>

namespace analysis {

/// Full precision that adds up in another order: input channels of every weight and input are reversed, which changes
/// nothing in real arithmetic. What it differs by from full precision is the noise floor. Keeps the reversed weights
/// of the layers it has met.
class ReorderedArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// `full` computes everything that has no weights.
    explicit ReorderedArithmetic(ldm::Arithmetic& full) : ForwardingArithmetic(full) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;

private:
    const ldm::Layer& reversed(const ldm::Layer& layer);
    std::map<int, ldm::Layer> m_layers;
    ldm::FloatArithmetic m_reordered;
};

} // namespace analysis
