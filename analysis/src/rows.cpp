#include "rows.h"

namespace analysis {

std::vector<Row> rowsOf(const ldm::ModelInfo& model, Level level) {
    std::vector<Row> rows;
    for (int stage = 0; stage < int(model.blocks.size()); ++stage) {
        const auto& layers = model.blocks[std::size_t(stage)].layers;
        if (level == Level::Block)
            rows.push_back({stage, layers});
        else
            for (const int layer : layers) rows.push_back({stage, {layer}});
    }
    return rows;
}

std::vector<BlockRow> blockRowsOf(const ldm::ModelInfo& model, Level level) {
    std::vector<BlockRow> described;
    for (const auto& row : rowsOf(model, level)) {
        const auto& block = model.blocks[std::size_t(row.stage)];
        auto& entry = described.emplace_back(BlockRow{block.id, {}, block.parameters});
        for (const int layer : row.layers) entry.layers.push_back(model.layers[std::size_t(layer)].name);
        if (level == Level::Block) continue;
        const auto& layer = model.layers[std::size_t(row.layers.front())];
        entry.id = layer.name;
        entry.parameters = layer.weights() + (layer.hasBias ? layer.outputs() : 0);
    }
    return described;
}

} // namespace analysis
