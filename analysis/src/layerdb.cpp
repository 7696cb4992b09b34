#include <analysis/layerdb.h>

#include <analysis/noisemodel.h>

#include <ldm/error.h>

#include <cmath>

namespace analysis {

std::vector<std::optional<double>> layerDb(const Analysis& analysis, const quant::Plan& plan,
                                           const ldm::ModelInfo& model) {
    if (analysis.model.fingerprint != model.fingerprint)
        throw ldm::badInput("The analysis was made for model '" + analysis.model.name + "', not for '" + model.name +
                            "' as it is now; analyze this model.");
    const std::vector<quant::Format>& formats = plan.segments.front().formats;
    std::vector<std::optional<double>> layers(model.layers.size());
    for (std::size_t row = 0; row < analysis.blocks.size(); ++row)
        for (const std::string& name : analysis.blocks[row].layers) {
            const int layer = model.layerIndex(name);
            if (layer < 0) continue;
            const SqnrMap* map = analysis.find(Metric::Local, formats[static_cast<std::size_t>(layer)]);
            if (!map) continue;
            const double db = summarize(map->grid, static_cast<int>(row), analysis.timesteps).meanDb;
            if (std::isfinite(db)) layers[static_cast<std::size_t>(layer)] = db;
        }
    return layers;
}

} // namespace analysis
