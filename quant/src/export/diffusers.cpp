#include "exporter.h"
#include "folder.h"

#include <ldm/error.h>

#include <nlohmann/json.hpp>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// A folder as diffusers loads it, with float weights that hold the recipe's values.
class Diffusers final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format, const PlannedTreatment*,
                           const ExportOptions& options) const override {
        return asFloats(layer, options.floats);
    }

    void check(const ExportInput& input, std::vector<std::string>& notes) const override {
        if (!input.options.variant.empty() && input.options.variant != "fp16")
            throw ldm::badInput("the variant " + ldm::inQuotes(input.options.variant) +
                                " is unknown to those who load such folders; name fp16 or none.");
        Exporter::check(input, notes);
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        writeDiffusersFolder(
            job, aside, [&job](const ldm::PartSource& part) { return FolderPart{job.baked(part)}; },
            job.options().variant);
    }
};

} // namespace

std::unique_ptr<Exporter> diffusersExporter() {
    return std::make_unique<Diffusers>();
}

} // namespace quant
