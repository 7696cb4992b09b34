#include "sidecar.h"

#include <ldm/error.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace quant {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kWidths[] = {1, 2, 4, 6, 8, 16}; ///< 16 leaves a layer as it is
constexpr int kUntouched = 16;
constexpr std::int64_t kLeastElements = 100'000; ///< smaller weights are never palettized, and not looked for

/// Bits by module, for all layers that must be named.
struct Bits {
    Json byModule = Json::object();
    double mean = 0; ///< per weight
    std::size_t widened = 0;
    std::size_t leftOut = 0; ///< too small, though quantized
};

int widthOf(WeightFormat format) {
    return widthFor(bits(format), kWidths).value_or(kUntouched);
}

Bits bitsOf(const ExportInput& input) {
    Bits result;
    double sum = 0;
    double weights = 0;
    for (std::size_t layer = 0; layer < input.model.layers.size(); ++layer) {
        const ldm::LayerInfo& info = input.model.layers[layer];
        const WeightFormat format = weightsOf(input, layer);
        const int width = widthOf(format);
        if (info.weights() < kLeastElements) {
            if (width < kUntouched) ++result.leftOut;
            continue;
        }
        result.byModule[std::string(moduleOf(info))] = width;
        if (width != std::min(bits(format), kUntouched)) ++result.widened;
        sum += static_cast<double>(width) * static_cast<double>(info.weights());
        weights += static_cast<double>(info.weights());
    }
    if (weights > 0) result.mean = sum / weights;
    return result;
}

/// As the pre-analysis names what it makes; its plots read the number.
std::string keyFor(double meanBits) {
    char text[64];
    std::snprintf(text, sizeof text, "recipe_%.2f_bit_mixedpalette", meanBits);
    return text;
}

/// One value for each layer where the pre-analysis has one for each of its prompts.
Json singleLayer(const ExportInput& input) {
    Json tables = Json::object();
    for (std::size_t layer = 0; layer < input.options.layerDb.size(); ++layer) {
        const ldm::LayerInfo& info = input.model.layers[layer];
        const std::optional<double> db = input.options.layerDb[layer];
        const int width = widthOf(weightsOf(input, layer));
        if (!db || !std::isfinite(*db) || width == kUntouched || info.weights() < kLeastElements) continue;
        Json& table = tables[std::to_string(width)];
        if (table.is_null())
            table["metadata"] = {{"nbits", width}, {"out_ngroups", 1}, {"in_ngroups", 1}, {"cumulative", false}};
        table[std::string(moduleOf(info))] = Json::array({*db});
    }
    return tables;
}

class AppleRecipe final : public Sidecar {
public:
    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        requireConstantWeights(input);
        const Bits found = bitsOf(input);
        if (found.byModule.empty())
            throw ldm::badInput("no layer of '" + input.model.name +
                                "' has the 100,000 weights from which on such recipes name layers; choose another "
                                "format.");
        noteActivations(input, notes);
        noteTreatmentsAreLeftOut(input, notes);
        notes.emplace_back(
            "bits are those of k-means palettes there, other numbers than the integers measured here; only "
            "'model_version' is to be set to the name that the model has for Apple's tools");
        if (found.widened > 0)
            notes.push_back(layersText(found.widened) + " listed with the next width that palettes have");
        if (found.leftOut > 0)
            notes.push_back(layersText(found.leftOut) +
                            " of fewer than 100,000 weights left out, as Apple's tools leave "
                            "them unquantized");
        if (!input.options.layerDb.empty())
            notes.emplace_back(
                "'single_layer' holds SQNR in decibels of this program, where Apple's has PSNR of latents");
    }

    std::uint64_t otherBytes(const ExportInput& input) const override { return bytesOf(textsFor(input)); }

protected:
    Texts texts(ExportJob& job) const override { return textsFor(inputOf(job)); }

private:
    static Texts textsFor(const ExportInput& input) {
        const Bits found = bitsOf(input);
        const Json file{{"model_version", input.model.name},
                        {"baselines", Json::object()},
                        {"single_layer", singleLayer(input)},
                        {"cumulative", Json::object()},
                        {"recipes", {{keyFor(found.mean), found.byModule}}}};
        return {{"", file.dump(2) + "\n"}};
    }
};

} // namespace

std::unique_ptr<Exporter> appleExporter() {
    return std::make_unique<AppleRecipe>();
}

} // namespace quant
