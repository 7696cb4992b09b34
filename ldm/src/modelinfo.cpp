#include <ldm/model.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace ldm {

std::int64_t LayerInfo::weights() const {
    return std::accumulate(weightShape.begin(), weightShape.end(), std::int64_t{1}, std::multiplies<>());
}

const BlockInfo* ModelInfo::findBlock(std::string_view id) const {
    const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const BlockInfo& each) { return each.id == id; });
    return found == blocks.end() ? nullptr : &*found;
}

int ModelInfo::layerIndex(std::string_view layer) const {
    const auto found =
        std::find_if(layers.begin(), layers.end(), [&](const LayerInfo& each) { return each.name == layer; });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

std::int64_t macs(const LayerInfo& layer, int latentHeight, int latentWidth, int contextTokens) {
    if (layer.domain == Domain::Vector) return layer.weights();
    if (layer.domain == Domain::Context) return layer.weights() * contextTokens;
    const auto reduced = [&](int size) {
        return (static_cast<std::int64_t>(size) + layer.downscale - 1) / layer.downscale;
    };
    return layer.weights() * reduced(latentHeight) * reduced(latentWidth);
}

} // namespace ldm
