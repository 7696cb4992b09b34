#include "sidecar.h"

#include <ldm/error.h>

namespace quant {

namespace {

constexpr int kWidths[] = {2, 4, 8}; ///< what is not listed stays in half precision
constexpr const char* kWeightFile = "weight.yaml";
constexpr const char* kActivationFile = "act.yaml";

using Lines = std::map<std::string, int>; ///< bits by module, in the order of their files

struct Bits {
    Lines weights;
    Lines activations;
    std::size_t widened = 0;
    std::size_t dynamic = 0; ///< inputs whose ranges are found by token
};

void list(Lines& lines, const ldm::LayerInfo& layer, int bits, Bits& all) {
    const std::optional<int> width = widthFor(bits, kWidths);
    if (!width) return;
    lines["model." + std::string(moduleOf(layer))] = *width;
    if (*width != bits) ++all.widened;
}

Bits bitsOf(const ExportInput& input) {
    Bits result;
    for (std::size_t layer = 0; layer < input.model.layers.size(); ++layer) {
        const ldm::LayerInfo& info = input.model.layers[layer];
        const PlannedTreatment* treated = input.plan.treatmentOf(static_cast<int>(layer));
        if (treated && treated->exact) continue;
        const ActivationFormat activations = input.plan.segments.front().formats[layer].activations;
        list(result.weights, info, bits(weightsOf(input, layer)), result);
        list(result.activations, info, bits(activations), result);
        if (activations == ActivationFormat::Int8Token || activations == ActivationFormat::Int4Token) ++result.dynamic;
    }
    return result;
}

std::string yaml(const Lines& lines) {
    std::string text;
    for (const auto& [module, bits] : lines) text += module + ": " + std::to_string(bits) + "\n";
    return text;
}

/// A folder: MixDQ takes the bits of weights and those of inputs as two files.
class MixDqConfiguration final : public Sidecar {
public:
    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        requireConstantFormats(input);
        const Bits found = bitsOf(input);
        if (found.weights.empty())
            throw ldm::badInput("recipe '" + input.recipe.name +
                                "' leaves all weights in 16 bits or more, so there is nothing to list; choose narrower "
                                "formats.");
        noteTreatmentsAreLeftOut(input, notes);
        notes.emplace_back("bits alone are carried: scales, groups and block types are MixDQ's own");
        if (found.widened > 0)
            notes.push_back(layersText(found.widened) + " listed with the next width that MixDQ has");
        if (found.dynamic > 0)
            notes.push_back(layersText(found.dynamic) +
                            " with ranges by token listed as any other, with one range for all");
    }

    std::uint64_t otherBytes(const ExportInput& input) const override { return bytesOf(textsFor(input)); }

protected:
    Texts texts(ExportJob& job) const override { return textsFor(inputOf(job)); }

private:
    static Texts textsFor(const ExportInput& input) {
        const Bits found = bitsOf(input);
        Texts files{{kWeightFile, yaml(found.weights)}, {kExportedRecipeFile, toJson(input.recipe)}};
        if (!found.activations.empty()) files[kActivationFile] = yaml(found.activations);
        return files;
    }
};

} // namespace

std::unique_ptr<Exporter> mixDqExporter() {
    return std::make_unique<MixDqConfiguration>();
}

} // namespace quant
