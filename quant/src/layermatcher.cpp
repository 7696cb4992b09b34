#include <quant/layermatcher.h>

#include <quant/recipe.h>

namespace quant {

LayerMatcher::LayerMatcher(const ldm::ModelInfo& model) : m_model(model) {
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        const ldm::LayerInfo& info = model.layers[layer];
        m_named[info.name].push_back(layer);
        if (info.block != info.name) m_named[info.block].push_back(layer);
    }
}

std::vector<std::size_t> LayerMatcher::matched(std::string_view pattern) const {
    std::vector<std::size_t> layers;
    if (pattern.find('*') == std::string_view::npos) {
        const auto found = m_named.find(pattern);
        return found == m_named.end() ? layers : found->second;
    }
    for (std::size_t layer = 0; layer < m_model.layers.size(); ++layer)
        if (matches(pattern, m_model.layers[layer])) layers.push_back(layer);
    return layers;
}

} // namespace quant
