#pragma once

#include <ldm/arithmetic.h>

#include <map>

namespace analysis {

/// Full precision that adds up in another order: input channels of every weight and input are reversed, which changes
/// nothing in real arithmetic. What it differs by from full precision is the noise floor.
class ReorderedArithmetic final : public ldm::ForwardingArithmetic {
public:
    /// `full` computes everything that has no weights; `keptBytes` of reversed weights are kept.
    explicit ReorderedArithmetic(ldm::Arithmetic& full, std::int64_t keptBytes = ldm::kKeptWeightBytes)
        : ForwardingArithmetic(full), m_reordered(ldm::FloatSettings{{}, keptBytes}) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;

private:
    const ldm::Layer& reversed(const ldm::Layer& layer);
    std::map<int, ldm::Layer> m_layers;
    ldm::FloatArithmetic m_reordered;
};

} // namespace analysis
