#pragma once

#include <app/jobs/enginethread.h>
#include <app/jobs/filestamps.h>
#include <app/jobs/filethread.h>
#include <app/jobs/pictures.h>

#include <analysis/analyze.h>
#include <analysis/compare.h>
#include <analysis/endtoend.h>
#include <analysis/images.h>
#include <analysis/inspect.h>
#include <analysis/search.h>
#include <quant/export.h>
#include <quant/simulation.h>
#include <quant/verify.h>

#include <deque>
#include <optional>
#include <string>

namespace app::jobs {

/// What to measure, and what is known already.
struct AnalyzeRequest {
    analysis::AnalysisSettings settings;
    analysis::Analysis known; ///< values measured before; empty if there are none
    std::uint64_t mostCacheBytes = std::uint64_t{256} << 20;
};

struct ExportOrder {
    quant::Recipe recipe;
    quant::ExportRequest target;
    /// How the maps were measured that target.options.layerDb comes from; its formats are those of the maps.
    std::optional<analysis::AnalysisSettings> maps = {};
};

/// An export to compare with the present model.
struct VerifyOrder {
    quant::VerifyRequest request;
};

/// What to look for, from which maps, among which formats.
struct SearchOrder {
    analysis::Analysis analysis;
    analysis::SearchSpace space;
    analysis::SearchTarget target;
};

/// A recipe to measure end to end; metrics and formats of the inputs say nothing.
struct MeasureOrder {
    quant::Recipe recipe;
    analysis::AnalysisSettings inputs;
};

/// How fast every layer is in these formats.
struct SpeedOrder {
    analysis::LatencySettings settings;
};

/// A block or layer to look into.
struct InspectOrder {
    std::string id;
    /// Prompts, seeds and sampler of the runs in which its inputs are watched; without them only weights are looked at.
    std::optional<analysis::AnalysisSettings> inputs;
};

/// Decibels of recipes that were measured end to end.
using MeasuredRecipes = std::vector<std::pair<quant::Recipe, double>>;

/// The opened model and what is kept beside it. Made and destroyed where the engine lives, used by the engine thread;
/// its results are plain values.
class Workbench {
public:
    ldm::ModelInfo open(const ldm::OpenRequest& request);

    /// From the cache where the same picture was made before; its steps are told all the same. Nothing when stopped.
    std::optional<ldm::Picture> fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                            const StepSink& steps);
    /// Its steps are compared with those of the full-precision picture, where that is in the cache.
    std::optional<ldm::Picture> quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                                 const StepSink& steps);
    QuantizedPicture compared(const ldm::Image& full, ldm::Image quantized, const quant::Recipe& recipe);
    /// What the user should know about these settings.
    std::vector<std::string> notices(const ldm::GenerateSettings& sampling);

    /// A grid is made picture by picture; the latest is kept, to be exported.
    void beginGrid(analysis::CompareRequest request);
    bool isGridDone() const { return !m_grid || m_grid->done(); }
    /// Nothing when stopped; then the same picture comes next.
    std::optional<GridPicture> nextOfGrid(const JobContext& context);
    /// The prompts that lack no picture; returns how many they are. Throws Failed if there is none.
    int exportGrid(const std::filesystem::path& folder, bool overwrite);

    analysis::Analysis planned(const AnalyzeRequest& request);
    analysis::Analysis analyze(analysis::Analysis start, std::uint64_t mostCacheBytes, const JobContext& context,
                               const analysis::RowSink& rows);
    /// The best so far when stopped. Recipes in `known` are not measured again; those that are measured join them.
    analysis::SearchResult search(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context);
    /// Decibels; nothing when stopped.
    std::optional<double> measure(const MeasureOrder& order, const JobContext& context);
    /// Nothing when stopped.
    std::optional<analysis::Latency> measureSpeed(const SpeedOrder& order, const JobContext& context);
    /// Nothing when stopped.
    std::optional<analysis::WeightInspection> inspectWeights(const InspectOrder& order, const JobContext& context);
    /// For an order with inputs; it serves until another model is opened.
    std::unique_ptr<analysis::InputInspector> inputInspector(const InspectOrder& order);
    std::optional<quant::ExportReport> exportModel(const ExportOrder& order, const JobContext& context);
    std::optional<quant::VerifyReport> verify(const VerifyOrder& order, const JobContext& context);

private:
    struct KeptPicture {
        ldm::GenerateSettings sampling;
        ldm::Picture picture;
        std::vector<ldm::Preview> steps;
    };

    void remember(const analysis::Analysis& result, std::uint64_t mostCacheBytes);
    const KeptPicture* keptPicture(const ldm::GenerateSettings& sampling) const;
    const KeptPicture& keep(KeptPicture picture);
    /// Throws ldm::Error (BadInput) where no model is open, or its files have changed.
    quant::Simulation& simulation();
    analysis::EndToEnd& endToEnd(const analysis::AnalysisSettings& settings);

    FileStamps m_files; ///< of the model, asked before each use of it
    std::optional<quant::Simulation> m_simulation;
    analysis::AnalysisSettings m_measuredInputs;
    std::optional<analysis::EndToEnd> m_endToEnd;   ///< for these inputs, kept for the next search
    std::optional<analysis::Evaluator> m_evaluator; ///< read when the first pair is compared
    std::deque<KeptPicture> m_pictures;             ///< in full precision, the latest first
    std::optional<analysis::ComparisonRun> m_grid;
    FileThread m_cacheWriter; ///< keeps what was measured
};

} // namespace app::jobs
