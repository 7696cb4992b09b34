#include "calibratedoutputs.h"

#include <utility>

namespace quant {

CalibratedOutputs::CalibratedOutputs(ldm::Arithmetic& full, CalibratingArithmetic& watcher,
                                     const std::vector<int>& layers, std::size_t first)
    : ldm::ForwardingArithmetic(full), m_watcher(watcher) {
    for (const int layer : layers) m_indices[layer] = static_cast<int>(first++);
}

at::Tensor CalibratedOutputs::shown(const ldm::Layer& layer, at::Tensor output) {
    if (const auto index = m_indices.find(layer.id); index != m_indices.end()) m_watcher.observe(index->second, output);
    return output;
}

at::Tensor CalibratedOutputs::linear(const ldm::Layer& layer, const at::Tensor& x) {
    return shown(layer, inner().linear(layer, x));
}

at::Tensor CalibratedOutputs::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    return shown(layer, inner().conv2d(layer, x));
}

} // namespace quant
