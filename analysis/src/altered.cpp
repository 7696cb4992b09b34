#include "altered.h"

#include <ATen/ATen.h>

namespace analysis {

at::Tensor computed(ldm::Arithmetic& arithmetic, const ldm::Layer& layer, const at::Tensor& x) {
    return layer.kind == ldm::LayerKind::Conv2d ? arithmetic.conv2d(layer, x) : arithmetic.linear(layer, x);
}

at::Tensor ListeningArithmetic::told(const ldm::Layer& layer, const at::Tensor& x) {
    at::Tensor y = computed(inner(), layer, x);
    m_listener(layer, x, y);
    return y;
}

SelectiveArithmetic::SelectiveArithmetic(ldm::Arithmetic& base, ldm::Arithmetic& altered,
                                         const std::vector<int>& chosen)
    : ForwardingArithmetic(base), m_altered(altered) {
    for (const int layer : chosen) {
        if (std::size_t(layer) >= m_isChosen.size()) m_isChosen.resize(std::size_t(layer) + 1);
        m_isChosen[std::size_t(layer)] = true;
    }
}

at::Tensor SelectiveArithmetic::selected(const ldm::Layer& layer, const at::Tensor& x) {
    const auto index = std::size_t(layer.id);
    return computed(index < m_isChosen.size() && m_isChosen[index] ? m_altered : inner(), layer, x);
}

void PatchedArithmetic::alter(int layer, Samples samples) {
    if (std::size_t(layer) >= m_samples.size()) m_samples.resize(std::size_t(layer) + 1);
    auto& altered = m_samples[std::size_t(layer)];
    if (!altered.empty() && altered.back().first + altered.back().count == samples.first)
        altered.back().count += samples.count;
    else
        altered.push_back(samples);
}

at::Tensor PatchedArithmetic::patched(const ldm::Layer& layer, const at::Tensor& x) {
    const auto index = std::size_t(layer.id);
    if (index >= m_samples.size() || m_samples[index].empty()) return computed(inner(), layer, x);
    const auto& altered = m_samples[index];
    if (altered.front().count == x.size(0)) return computed(m_altered, layer, x); // all of them
    at::Tensor y = computed(inner(), layer, x);
    for (const auto& [first, count] : altered)
        y.narrow(0, first, count).copy_(computed(m_altered, layer, x.narrow(0, first, count)));
    return y;
}

} // namespace analysis
