#pragma once

#include <ldm/model.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A layer with its block, shape and place, for models that exist on paper only.
inline ldm::LayerInfo layer(std::string name, std::string block, std::vector<std::int64_t> shape, int downscale = 1,
                            ldm::Domain domain = ldm::Domain::Image) {
    ldm::LayerInfo info;
    info.name = std::move(name);
    info.block = std::move(block);
    info.kind = shape.size() == 4 ? ldm::LayerKind::Conv2d : ldm::LayerKind::Linear;
    info.weightShape = std::move(shape);
    info.hasBias = true;
    info.domain = domain;
    info.downscale = downscale;
    return info;
}

/// Groups layers, given in order of execution, into blocks.
inline ldm::ModelInfo modelOf(std::vector<ldm::LayerInfo> layers) {
    ldm::ModelInfo model;
    model.name = "sample";
    model.fingerprint = "sha256:1234";
    model.layers = std::move(layers);
    model.vaeScale = 8;
    model.defaultWidth = 64;
    model.defaultHeight = 32;
    model.contextTokens = 77;
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
        const std::string& id = model.layers[i].block;
        if (model.blocks.empty() || model.blocks.back().id != id) model.blocks.push_back({id, {}, 0});
        model.blocks.back().layers.push_back(static_cast<int>(i));
    }
    return model;
}

/// Six layers in four blocks; 0 conv_in, 1..3 q, k, v of one attention, 4 the middle, 5 conv_out.
inline ldm::ModelInfo sampleModel() {
    const std::string attention = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.";
    return modelOf({layer("unet.conv_in", "unet.conv_in", {8, 4, 3, 3}),
                    layer(attention + "to_q", "unet.down_blocks.0.0", {8, 8}, 2),
                    layer(attention + "to_k", "unet.down_blocks.0.0", {8, 8}, 2),
                    layer(attention + "to_v", "unet.down_blocks.0.0", {8, 8}, 2),
                    layer("unet.mid_block.resnets.0.time_emb_proj", "unet.mid_block", {5, 3}, 1, ldm::Domain::Vector),
                    layer("unet.conv_out", "unet.conv_out", {4, 8, 3, 3})});
}

} // namespace support
