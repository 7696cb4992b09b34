#include "sidecar.h"

#include <ldm/error.h>
#include <ldm/files.h>

#include <algorithm>

namespace quant {

namespace fs = std::filesystem;

LayerCarriage Sidecar::carriage(const ldm::LayerInfo& layer, Format, const PlannedTreatment*,
                                const ExportOptions& options) const {
    return asFloats(layer, options.floats);
}

std::uint64_t Sidecar::bytesOf(const Texts& texts) {
    std::uint64_t bytes = 0;
    for (const auto& [name, text] : texts) bytes += text.size();
    return bytes;
}

void Sidecar::write(ExportJob& job, const fs::path& aside) const {
    const Texts written = texts(job);
    for (const auto& [name, text] : written) {
        const fs::path file = name.empty() ? aside : aside / name;
        job.writeText(file, text);
        if (ldm::readTextFile(file, text.size()) != text)
            throw ldm::Error(ldm::ErrorKind::WriteFailed,
                             file.string() +
                                 " could not be written: what was read back differs from what was written; check the "
                                 "disk.");
    }
}

void Sidecar::readBack(ExportJob&, const fs::path&) const {
} // was compared when it was written

ExportInput inputOf(const ExportJob& job) {
    return {job.model(), job.recipe(), job.plan(), job.options()};
}

void requireConstantFormats(const ExportInput& input) {
    if (input.plan.variesOverTime())
        throw ldm::badInput(
            "recipe '" + input.recipe.name +
            "' gives layers different formats at different timesteps, which this file has no words for; "
            "export it as a recipe.");
}

void noteTreatmentsAreLeftOut(const ExportInput& input, std::vector<std::string>& notes) {
    const bool treats = std::ranges::any_of(input.plan.treated, [](const PlannedTreatment& planned) {
        return planned.needsInputs() || planned.rank > 0 || planned.splitAt > 0;
    });
    if (treats)
        notes.emplace_back(
            "treatments are not carried: smoothing, error feedback, low-rank parts and split ranges have no "
            "place in this file");
}

std::string_view moduleOf(const ldm::LayerInfo& layer) {
    constexpr std::string_view kUnet = "unet.";
    const std::string_view name = layer.name;
    return name.starts_with(kUnet) ? name.substr(kUnet.size()) : name;
}

WeightFormat weightsOf(const ExportInput& input, std::size_t layer) {
    const PlannedTreatment* treated = input.plan.treatmentOf(static_cast<int>(layer));
    if (treated && treated->exact) return WeightFormat::Fp32;
    return storedAs(input.plan.segments.front().formats[layer].weights, input.model.layers[layer].weightShape);
}

std::optional<int> widthFor(int bits, std::span<const int> widths) {
    const auto found = std::ranges::find_if(widths, [bits](int width) { return width >= bits; });
    return found == widths.end() ? std::nullopt : std::optional(*found);
}

std::string layersText(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " layer" : " layers");
}

} // namespace quant
