#include "exporter.h"

#include "readback.h"

#include <ldm/error.h>

#include <algorithm>

namespace quant {

namespace {

bool weightsVaryOverTime(const Plan& plan) {
    return std::any_of(plan.segments.begin(), plan.segments.end(), [&](const PlanSegment& segment) {
        return !std::equal(segment.formats.begin(), segment.formats.end(), plan.segments.front().formats.begin(),
                           [](Format a, Format b) { return a.weights == b.weights; });
    });
}

} // namespace

std::uint64_t Exporter::otherBytes(const ExportInput& input) const {
    return otherTensorBytes(input, input.options.floats);
}

void Exporter::check(const ExportInput& input, std::vector<std::string>& notes) const {
    requireConstantWeights(input);
    noteActivations(input, notes);
    noteTreatments(input, notes);
}

void Exporter::readBack(ExportJob& job, const std::filesystem::path& aside) const {
    compareWithRecipe(job, aside);
}

void requireConstantWeights(const ExportInput& input) {
    if (weightsVaryOverTime(input.plan))
        throw ldm::badInput("recipe '" + input.recipe.name +
                            "' gives weights different formats at different timesteps, which one set of weights cannot "
                            "hold; export it as a recipe.");
}

void noteActivations(const ExportInput& input, std::vector<std::string>& notes) {
    const auto quantizes = [](const Format& format) { return format.activations != ActivationFormat::Fp32; };
    if (std::ranges::any_of(input.plan.segments, [&](const PlanSegment& segment) {
            return std::ranges::any_of(segment.formats, quantizes);
        }))
        notes.emplace_back("activation formats are not carried: the file holds weights alone, so programs that load it "
                           "compute activations in their own precision");
}

void noteTreatments(const ExportInput& input, std::vector<std::string>& notes) {
    const auto note = [&](const auto& asks, const char* sentence) {
        if (std::ranges::any_of(input.plan.treated, asks)) notes.emplace_back(sentence);
    };
    note([](const PlannedTreatment& planned) { return planned.smoothed; },
         "smoothing is part of the weights: it shapes their rounding, but inputs are not divided by anything");
    note([](const PlannedTreatment& planned) { return planned.rank > 0; },
         "low-rank parts are added to the weights, which hold both in one number");
    note([](const PlannedTreatment& planned) { return planned.splitAt > 0; },
         "split ranges of skip concatenations are not carried: they are ranges of activations");
    note([](const PlannedTreatment& planned) { return planned.exact; },
         "the precomputed time embedding is not carried as a table: its weights are written as floats");
}

LayerCarriage asFloats(const ldm::LayerInfo& layer, FloatFormat floats, std::string why) {
    return {Carriage::Float, std::string(ldm::nameOf(storedType(floats))),
            static_cast<std::uint64_t>(layer.weights()) * ldm::sizeOf(storedType(floats)), std::move(why)};
}

std::uint64_t otherTensorBytes(const ExportInput& input, FloatFormat floats, bool unetOnly) {
    std::int64_t elements = 0;
    for (const ldm::PartInfo& part : input.model.parts)
        if (part.name == "unet" || !unetOnly) elements += part.parameters;
    for (const ldm::LayerInfo& layer : input.model.layers) elements -= layer.weights();
    return static_cast<std::uint64_t>(elements) * ldm::sizeOf(storedType(floats));
}

} // namespace quant
