#pragma once

#include <analysis/latency.h>

#include <string>
#include <vector>

namespace support {

/// A made-up measurement of a model: `seconds(layer, format)` for each of its layers, full precision first.
template <typename Seconds>
analysis::Latency madeUpLatency(const ldm::ModelInfo& model, const std::vector<quant::Format>& formats,
                                const Seconds& seconds) {
    analysis::Latency latency;
    latency.model = {model.name, model.fingerprint};
    latency.machine = {"Abacus", 64, 3};
    latency.version = "0.1";
    latency.width = latency.height = 64;
    latency.rounds = 5;
    latency.restSeconds = 0.25;
    for (const ldm::LayerInfo& layer : model.layers) latency.layers.push_back(layer.name);
    std::vector<quant::Format> all{quant::Format{}};
    all.insert(all.end(), formats.begin(), formats.end());
    for (const quant::Format format : all) {
        analysis::FormatLatency& row = latency.formats.emplace_back(analysis::FormatLatency{format, {}});
        for (std::size_t layer = 0; layer < model.layers.size(); ++layer) row.seconds.push_back(seconds(layer, format));
    }
    return latency;
}

} // namespace support
