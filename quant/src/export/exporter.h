#pragma once

#include <quant/export.h>

#include <filesystem>
#include <memory>

namespace quant {

class ExportJob;

/// What an export is planned from.
struct ExportInput {
    const ldm::ModelInfo& model;
    const Recipe& recipe;
    const Plan& plan;
    const ExportOptions& options;
};

/// One format that models are exported to.
class Exporter {
public:
    virtual ~Exporter() = default;

    /// What becomes of a layer of this format; `treated` where more was done to it than rounding, see Plan. Asked for
    /// formats that hold weights only.
    virtual LayerCarriage carriage(const ldm::LayerInfo& layer, Format format, const PlannedTreatment* treated,
                                   const ExportOptions& options) const = 0;
    /// Bytes of everything beside the weights of layers; ordinarily all other tensors as the floats that were asked
    /// for.
    virtual std::uint64_t otherBytes(const ExportInput& input) const;
    /// Throws BadInput if this recipe on this model cannot be expressed; adds to the notes what is lost. The ordinary
    /// one is that of formats that hold weights alone: see the functions below.
    virtual void check(const ExportInput& input, std::vector<std::string>& notes) const;
    /// Writes to `aside`, which does not exist yet: a file, or a folder that this creates.
    virtual void write(ExportJob& job, const std::filesystem::path& aside) const = 0;
    /// Opens what was written and compares; the ordinary one is compareWithRecipe() of readback.h.
    virtual void readBack(ExportJob& job, const std::filesystem::path& aside) const;
};

/// Throws BadInput where the weights of a layer have different formats at different timesteps.
void requireConstantWeights(const ExportInput& input);
/// Activation formats are not carried, treatments are part of the weights: what formats of weights alone say.
void noteActivations(const ExportInput& input, std::vector<std::string>& notes);
void noteTreatments(const ExportInput& input, std::vector<std::string>& notes);
/// A layer stored as floats, whatever the recipe says; `why` where that is a loss.
LayerCarriage asFloats(const ldm::LayerInfo& layer, FloatFormat floats, std::string why = {});
/// Bytes of all tensors but the weights of layers, as floats; of the UNet alone, or of all parts.
std::uint64_t otherTensorBytes(const ExportInput& input, FloatFormat floats, bool unetOnly = false);

/// One maker per format; each is in the file named after it.
std::unique_ptr<Exporter> diffusersExporter();
std::unique_ptr<Exporter> checkpointExporter();
std::unique_ptr<Exporter> ggufExporter();
std::unique_ptr<Exporter> onnxExporter();
std::unique_ptr<Exporter> comfyUiExporter();
std::unique_ptr<Exporter> sdnqExporter();
std::unique_ptr<Exporter> bitsandbytesExporter();
std::unique_ptr<Exporter> quantoExporter();
std::unique_ptr<Exporter> aimetExporter();
std::unique_ptr<Exporter> appleExporter();
std::unique_ptr<Exporter> modelExplorerExporter();
std::unique_ptr<Exporter> mixDqExporter();
std::unique_ptr<Exporter> recipeExporter();

} // namespace quant
