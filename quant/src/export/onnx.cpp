#include "exporter.h"
#include "onnxfolder.h"
#include "onnxprecision.h"

#include <ldm/error.h>

#include <algorithm>

namespace quant {

namespace {

std::string plural(std::int64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// Layers whose inputs the recipe rounds and the graph does not.
std::int64_t unroundedInputs(const Plan& plan) {
    std::int64_t count = 0;
    for (std::size_t layer = 0; layer < plan.segments.front().formats.size(); ++layer) {
        const PlannedTreatment* treated = plan.treatmentOf(static_cast<int>(layer));
        const bool isRounded = std::ranges::any_of(plan.segments, [&](const PlanSegment& segment) {
            return segment.formats[layer].activations != ActivationFormat::Fp32 && !(treated && treated->exact);
        });
        if (isRounded && !graphRoundsInput(plan, static_cast<int>(layer))) ++count;
    }
    return count;
}

/// Graphs of the UNet, the autoencoder and the text encoders, as diffusers and Optimum name their inputs and outputs.
class Onnx final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override {
        if (options.quantizes && graphHoldsCodes(format, treated)) {
            const auto channels = static_cast<std::uint64_t>(layer.weightShape.front());
            return {Carriage::Exact, "int8", static_cast<std::uint64_t>(layer.weights()) + channels * 5, {}};
        }
        return asFloats(layer, FloatFormat::Fp32, whyFloats(format, treated, options));
    }

    std::uint64_t otherBytes(const ExportInput& input) const override {
        return otherTensorBytes(input, FloatFormat::Fp32);
    }

    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        requireConstantWeights(input);
        const GraphSizes sizes = graphSizes(input.model, input.options);
        notes.push_back("the graphs are made for pictures of " + std::to_string(sizes.width) + " x " +
                        std::to_string(sizes.height) + " pixels");
        noteTreatments(input, notes);
        if (!input.options.quantizes) {
            notes.emplace_back("the float graph rounds nothing: weights hold the recipe's values as floats");
            return;
        }
        if (const std::int64_t count = unroundedInputs(input.plan); count > 0)
            notes.push_back("the inputs of " + plural(count, "layer") +
                            " are not rounded: graphs hold 8 bits with one range for all timesteps and channels");
        if (input.recipe.calibration.intervals > 1)
            notes.emplace_back("ranges of all timesteps are joined: one graph serves them all");
    }

    void write(ExportJob& job, const std::filesystem::path& aside) const override { writeOnnxFolder(job, aside); }
    void readBack(ExportJob& job, const std::filesystem::path& aside) const override { compareOnnxFolder(job, aside); }

private:
    static std::string whyFloats(Format format, const PlannedTreatment* treated, const ExportOptions& options) {
        if (bits(format.weights) > 8) return {};
        if (!options.quantizes) return "a float graph was asked for";
        if (treated && treated->exact) return "the time embedding is kept in full precision";
        if (treated && (treated->smoothed || treated->rank > 0))
            return "integers alone do not make up a smoothed or low-rank weight";
        return "graphs hold integers with one scale per output channel";
    }
};

} // namespace

std::unique_ptr<Exporter> onnxExporter() {
    return std::make_unique<Onnx>();
}

} // namespace quant
