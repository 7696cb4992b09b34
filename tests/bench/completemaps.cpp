#include "completemaps.h"

namespace bench {

namespace {

constexpr int kSteps = 50;

/// Finer weights are better; what is measured at the end is one number for all steps.
analysis::Grid gridOf(analysis::Metric metric, quant::Format format, int rows, std::uint64_t seed) {
    analysis::Grid grid(rows, kSteps);
    for (int row = 0; row < rows; ++row) {
        const double ofRow = 10 + 3 * bits(format.weights) + double((std::uint64_t(row) * 7919 + seed) % 170) / 10;
        for (int column = 0; column < kSteps; ++column)
            grid.at(row, column) = ofRow + (metric == analysis::Metric::Final ? 0 : 0.7 * (column % 5));
    }
    return grid;
}

} // namespace

analysis::Analysis completeMaps(const ldm::ModelInfo& model, std::uint64_t seed) {
    analysis::Analysis maps;
    maps.model = quant::modelRef(model);
    maps.settings.steps = kSteps;
    maps.settings.seed = seed;
    maps.settings.prompts = {"a test"};
    maps.settings.formats = quant::parseFormats("w8a8,w4a8,w8a16,w4a16,fp16");
    maps.settings.metrics = {analysis::Metric::Local, analysis::Metric::Output, analysis::Metric::Final};
    for (int step = 0; step < kSteps; ++step) maps.timesteps.push_back(980 - 20 * step);
    for (const ldm::BlockInfo& block : model.blocks) {
        analysis::BlockRow row{block.id, {}, block.parameters};
        for (const int layer : block.layers) row.layers.push_back(model.layers[std::size_t(layer)].name);
        maps.blocks.push_back(std::move(row));
    }
    for (const analysis::Metric metric : maps.settings.metrics)
        for (const quant::Format format : maps.settings.formats)
            maps.maps.push_back({metric, format, gridOf(metric, format, int(maps.blocks.size()), seed)});
    for (const quant::Format format : maps.settings.formats)
        maps.uniform.push_back({format, {0, kSteps}, 3.0 * bits(format.weights)});
    return maps;
}

} // namespace bench
