#include "graphnames.h"
#include "sidecar.h"

#include <ldm/error.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

using Json = nlohmann::ordered_json;

bool isShown(std::optional<double> db) {
    return db && std::isfinite(*db);
}

/// From dark for the worst to light for the best, so that it reads without hues.
Json gradient() {
    return {{{"stop", 0}, {"bgColor", "#440154"}, {"textColor", "#ffffff"}},
            {{"stop", 0.5}, {"bgColor", "#21918c"}, {"textColor", "#ffffff"}},
            {{"stop", 1}, {"bgColor", "#fde725"}, {"textColor", "#000000"}}};
}

std::string textFor(const ExportInput& input, const std::vector<std::string>& nodes) {
    Json results = Json::object();
    for (std::size_t layer = 0; layer < input.options.layerDb.size(); ++layer)
        if (isShown(input.options.layerDb[layer])) results[nodes[layer]] = {{"value", *input.options.layerDb[layer]}};
    const Json data{
        {kUnetGraph, {{"name", "SQNR in dB: " + input.recipe.name}, {"results", results}, {"gradient", gradient()}}}};
    return data.dump(2) + "\n";
}

class ModelExplorerData final : public Sidecar {
public:
    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        const auto shown = static_cast<std::size_t>(std::ranges::count_if(input.options.layerDb, isShown));
        if (shown == 0)
            throw ldm::badInput(
                "node data for Model Explorer is the SQNR of layers; choose an analysis that has measured "
                "them (--level layer).");
        if (shown < input.model.layers.size())
            notes.push_back(layersText(input.model.layers.size() - shown) + " without data: not measured, or exact");
        notes.emplace_back("open it in Model Explorer beside the float graph of the UNet that the ONNX export writes");
    }

    /// Nodes are called much as their layers.
    std::uint64_t otherBytes(const ExportInput& input) const override {
        std::vector<std::string> names;
        for (const ldm::LayerInfo& layer : input.model.layers) names.push_back(layer.name);
        return textFor(input, names).size();
    }

protected:
    Texts texts(ExportJob& job) const override {
        std::vector<std::string> nodes;
        const std::vector<LayerInGraph> layers = layersInGraph(job.checkpoint(), job.model());
        for (const LayerInGraph& layer : layers) nodes.push_back(layer.node);
        return {{"", textFor(inputOf(job), nodes)}};
    }
};

} // namespace

std::unique_ptr<Exporter> modelExplorerExporter() {
    return std::make_unique<ModelExplorerData>();
}

} // namespace quant
