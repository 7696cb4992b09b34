#include "reordered.h"

#include <ATen/ATen.h>

namespace analysis {

const ldm::Layer& ReorderedArithmetic::reversed(const ldm::Layer& layer) {
    const auto known = m_layers.find(layer.id);
    if (known != m_layers.end()) return known->second;
    ldm::Layer other = layer;
    other.weight.load = [inner = layer.weight.load] { return inner().flip({1}); };
    return m_layers.emplace(layer.id, std::move(other)).first->second;
}

at::Tensor ReorderedArithmetic::linear(const ldm::Layer& layer, const at::Tensor& x) {
    return m_reordered.linear(reversed(layer), x.flip({-1}));
}

at::Tensor ReorderedArithmetic::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    return m_reordered.conv2d(reversed(layer), x.flip({1}));
}

} // namespace analysis
