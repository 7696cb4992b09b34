#pragma once

#include "baked.h"
#include "heapgaps.h"

#include <quant/calibration.h>
#include <quant/export.h>
#include <quant/treatment.h>

#include <ldm/checkpoint.h>
#include <ldm/safetensors.h>

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant {

/// Ends an export from within; what was made so far is removed on the way out.
struct ExportStopped {};

/// One export of a model under a recipe: what all formats share. Used by one thread.
class ExportJob {
public:
    ExportJob(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request, std::stop_token stop,
              const ldm::ProgressSink& progress);

    const ldm::Model& opened() const { return m_opened; }
    const ldm::ModelInfo& model() const { return m_model; }
    const ldm::Checkpoint& checkpoint() const { return m_checkpoint; }
    const Recipe& recipe() const { return m_recipe; } ///< with the model's name and fingerprint
    const Plan& plan() const { return m_plan; }
    const ExportRequest& request() const { return m_request; }
    const ExportOptions& options() const { return m_request.options; }
    std::stop_token stop() const { return m_stop; }
    const ldm::ProgressSink& progress() const { return m_progress; }

    /// Fits what the recipe's treatments need; before any weight is asked for. Throws ExportStopped.
    void treat();
    const Treatment& treatment() const { return m_treatment; }
    /// Ranges of activations as the recipe's settings find them, for formats that carry them. Throws ExportStopped.
    Calibration calibration();

    Format formatOf(int layer) const;
    const PlannedTreatment* treatmentOf(int layer) const { return m_plan.treatmentOf(layer); }
    const LayerCarriage& carriageOf(int layer) const { return m_carriages.at(static_cast<std::size_t>(layer)); }
    void setCarriages(std::vector<LayerCarriage> carriages) { m_carriages = std::move(carriages); }

    /// The weight that the format is to hold, float32 in the layer's shape: before rounding, and with what was done to
    /// it beside rounding where one weight can hold that. Throws BadInput naming the layer for values that are not
    /// finite.
    at::Tensor sourceWeight(int layer) const;
    /// As the recipe rounds it, float32.
    at::Tensor simulatedWeight(int layer) const;
    /// Codes and scales where the recipe's integers alone make up the simulated weight; nothing elsewhere.
    std::optional<IntegerWeights> codesOf(int layer) const;

    /// All tensors of a part as floats, those of layers as the recipe rounds them.
    std::vector<BakedTensor> baked(const ldm::PartSource& part);
    /// Writes tensors one by one, as they are made, and counts them.
    void writeTensors(const std::filesystem::path& file, const std::string& what,
                      const std::vector<BakedTensor>& tensors, const std::map<std::string, std::string>& metadata);
    void writeText(const std::filesystem::path& file, const std::string& text);
    void writeRecipe(const std::filesystem::path& file);
    /// What a file tells about where it comes from: version, source, recipe.
    std::map<std::string, std::string> provenance() const;

    /// Where conversions to floats tell of values that they lost.
    Underflows& underflows() { return m_underflows; }

    /// Says how many tensors lost precision though nothing quantized them, and which lost values; once all are written.
    void noteRounding();
    void noteUnderflows();

    void checkStop() const;
    /// The next tensor's turn, for those who do not write by writeTensors(): what earlier ones took is given back to
    /// the system once it is much.
    void advance(const std::string& what);
    void note(std::string sentence) { m_report.notes.push_back(std::move(sentence)); }
    ExportReport& report() { return m_report; }

private:
    const ldm::Model& m_opened;
    const ldm::ModelInfo& m_model;
    const ldm::Checkpoint& m_checkpoint;
    Recipe m_recipe;
    const ExportRequest& m_request;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    Plan m_plan;
    std::vector<LayerCarriage> m_carriages;
    Treatment m_treatment;
    ExportReport m_report;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
    std::int64_t m_rounded = 0;
    Underflows m_underflows;
    HeapGaps m_heapGaps;
};

} // namespace quant
