#include "treatedinputs.h"

#include "treatedlayer.h"

namespace quant {

void TreatedInputs::show(const ldm::Layer& layer, const at::Tensor& x) {
    const LayerTreatment* treated = m_treatment.find(layer.id);
    if (!treated) return m_watcher.observe(layer.id, x);
    const std::int64_t dim = channelDim(layer, x);
    const std::vector<at::Tensor> parts = treated->quantizedParts(treated->smoothedInput(x, dim), dim);
    m_watcher.observe(layer.id, parts.front());
    if (parts.size() > 1) m_watcher.observe(treated->splitInput, parts.back());
}

at::Tensor TreatedInputs::linear(const ldm::Layer& layer, const at::Tensor& x) {
    show(layer, x);
    return inner().linear(layer, x);
}

at::Tensor TreatedInputs::conv2d(const ldm::Layer& layer, const at::Tensor& x) {
    show(layer, x);
    return inner().conv2d(layer, x);
}

ldm::ModelInfo withSplitInputs(ldm::ModelInfo model, const Treatment& treatment) {
    for (const auto& [layer, treated] : treatment.layers) {
        if (treated->splitAt == 0) continue;
        ldm::LayerInfo part = model.layers[static_cast<std::size_t>(layer)];
        part.name += ".skip";
        model.layers.push_back(std::move(part));
    }
    return model;
}

} // namespace quant
