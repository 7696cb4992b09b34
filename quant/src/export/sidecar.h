#pragma once

#include "exporter.h"
#include "job.h"

#include <map>
#include <span>

namespace quant {

/// Files that say something about a model and hold none of its weights: texts that are compared after writing.
class Sidecar : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                           const ExportOptions& options) const override;
    void write(ExportJob& job, const std::filesystem::path& aside) const override;
    void readBack(ExportJob& job, const std::filesystem::path& aside) const override;

protected:
    /// By name within a folder; under the empty name that of a single file.
    using Texts = std::map<std::string, std::string>;
    virtual Texts texts(ExportJob& job) const = 0;
    static std::uint64_t bytesOf(const Texts& texts);
};

ExportInput inputOf(const ExportJob& job);
/// Throws BadInput where weights or inputs of a layer have different formats at different timesteps.
void requireConstantFormats(const ExportInput& input);
/// What is done to layers beside rounding is not told by bits.
void noteTreatmentsAreLeftOut(const ExportInput& input, std::vector<std::string>& notes);
/// "LAYER" of "unet.LAYER".
std::string_view moduleOf(const ldm::LayerInfo& layer);
/// What a layer's weights are in truth, see storedAs(); Fp32 where the recipe computes it exactly.
WeightFormat weightsOf(const ExportInput& input, std::size_t layer);
/// The least of ascending `widths` that holds so many bits; nothing if none does.
std::optional<int> widthFor(int bits, std::span<const int> widths);
/// "3 layers", "1 layer".
std::string layersText(std::size_t count);

} // namespace quant
