#include "exporter.h"
#include "job.h"

#include <ldm/error.h>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// The recipe as a file of its own.
class RecipeFile final : public Exporter {
public:
    LayerCarriage carriage(const ldm::LayerInfo& layer, Format, const PlannedTreatment*,
                           const ExportOptions& options) const override {
        return asFloats(layer, options.floats);
    }
    std::uint64_t otherBytes(const ExportInput& input) const override { return toJson(input.recipe).size(); }
    void check(const ExportInput&, std::vector<std::string>&) const override {} // a recipe can say everything
    void write(ExportJob& job, const fs::path& aside) const override { job.writeRecipe(aside); }
    void readBack(ExportJob&, const fs::path&) const override {} // was compared when it was written
};

} // namespace

std::unique_ptr<Exporter> recipeExporter() {
    return std::make_unique<RecipeFile>();
}

} // namespace quant
