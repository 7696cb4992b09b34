#pragma once

#include <ldm/model.h>

#include <analysis/sqnr.h>

namespace support {

/// Three blocks of one or two linear layers, as small as a model description can be.
inline ldm::ModelInfo smallModel() {
    const auto layer = [](const char* name, const char* block) {
        ldm::LayerInfo info;
        info.name = name;
        info.block = block;
        info.weightShape = {4, 8};
        return info;
    };
    ldm::ModelInfo model;
    model.name = "small";
    model.fingerprint = "sha256:0123";
    model.layers = {layer("unet.conv_in", "unet.conv_in"), layer("unet.mid_block.a", "unet.mid_block"),
                    layer("unet.mid_block.b", "unet.mid_block"), layer("unet.conv_out", "unet.conv_out")};
    model.blocks = {{"unet.conv_in", {0}, 36}, {"unet.mid_block", {1, 2}, 72}, {"unet.conv_out", {3}, 36}};
    model.defaultWidth = model.defaultHeight = 64;
    return model;
}

/// Empty local maps of the small model for two timesteps.
inline analysis::Analysis emptyAnalysis(const std::vector<quant::Format>& formats) {
    const ldm::ModelInfo model = smallModel();
    analysis::Analysis analysis;
    analysis.model = {model.name, model.fingerprint};
    analysis.settings.metrics = {analysis::Metric::Local};
    analysis.settings.formats = formats;
    analysis.settings.prompts = {"a test"};
    analysis.settings.steps = 2;
    analysis.timesteps = {501, 1};
    for (const ldm::BlockInfo& block : model.blocks) {
        analysis::BlockRow row{block.id, {}, block.parameters};
        for (const int layer : block.layers) row.layers.push_back(model.layers[std::size_t(layer)].name);
        analysis.blocks.push_back(row);
    }
    for (const quant::Format& format : formats)
        analysis.maps.push_back({analysis::Metric::Local, format, analysis::Grid(3, 2)});
    analysis.floors.emplace(analysis::Metric::Local, analysis::Grid(3, 2));
    return analysis;
}

} // namespace support
