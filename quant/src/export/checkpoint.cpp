#include "exporter.h"
#include "job.h"
#include "ldmlayout.h"

namespace quant {

namespace {

namespace fs = std::filesystem;

/// One file in the names of the original code, with float weights that hold the recipe's values.
class Checkpoint final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format, const PlannedTreatment*,
                           const ExportOptions& options) const override {
        return asFloats(layer, options.floats);
    }

    void write(ExportJob& job, const fs::path& aside) const override {
        std::vector<std::vector<BakedTensor>> parts;
        for (const ldm::PartSource& part : job.checkpoint().parts) parts.push_back(job.baked(part));
        job.checkStop();
        std::map<std::string, std::string> metadata = job.provenance();
        metadata.emplace(ldm::kCarriedConfigsKey, ldm::carriedConfigs(job.checkpoint()));
        job.writeTensors(aside, "checkpoint", inLdmLayout(job.checkpoint(), std::move(parts)), metadata);
        job.noteRounding();
    }
};

} // namespace

std::unique_ptr<Exporter> checkpointExporter() {
    return std::make_unique<Checkpoint>();
}

} // namespace quant
