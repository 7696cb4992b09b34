#pragma once

#include <app/jobs/enginethread.h>

#include <analysis/analyze.h>
#include <analysis/endtoend.h>
#include <analysis/images.h>
#include <analysis/search.h>
#include <quant/export.h>
#include <quant/simulation.h>

#include <deque>
#include <optional>
#include <string>

namespace app::jobs {

/// A pair of pictures of the same prompt and seed.
struct PreviewRequest {
    quant::Recipe recipe;
    ldm::GenerateSettings sampling;
};

/// What to measure, and what is known already.
struct AnalyzeRequest {
    analysis::AnalysisSettings settings;
    analysis::Analysis known; ///< values measured before; empty if there are none
};

struct ExportOrder {
    quant::Recipe recipe;
    quant::ExportRequest target;
};

/// What to look for, from which maps, among which formats.
struct SearchOrder {
    analysis::Analysis analysis;
    analysis::SearchSpace space;
    analysis::SearchTarget target;
};

/// Decibels of recipes that were measured end to end.
using MeasuredRecipes = std::vector<std::pair<quant::Recipe, double>>;

/// The opened model and what is kept beside it. Of the engine thread; its results are plain values.
class Workbench {
public:
    ldm::ModelInfo open(const ldm::OpenRequest& request);

    /// From the cache where the same picture was made before. Nothing when stopped.
    std::optional<ldm::Image> fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                          const ldm::PreviewSink& preview);
    std::optional<ldm::Image> quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                               const ldm::PreviewSink& preview);
    analysis::ImageMetrics compare(const ldm::Image& full, const ldm::Image& quantized);
    /// What the user should know about these settings.
    std::vector<std::string> notices(const ldm::GenerateSettings& sampling);

    analysis::Analysis planned(const AnalyzeRequest& request);
    analysis::Analysis analyze(analysis::Analysis start, const JobContext& context, const analysis::RowSink& rows);
    /// The best so far when stopped. Recipes in `known` are not measured again; those that are measured join them.
    analysis::SearchResult search(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context);
    std::optional<quant::ExportReport> exportModel(const ExportOrder& order, const JobContext& context);

private:
    struct KeptPicture {
        ldm::GenerateSettings sampling;
        ldm::Image image;
    };

    quant::Simulation& simulation();
    analysis::EndToEnd& endToEnd(const analysis::AnalysisSettings& settings);

    std::optional<quant::Simulation> m_simulation;
    analysis::AnalysisSettings m_measuredInputs;
    std::optional<analysis::EndToEnd> m_endToEnd;   ///< for these inputs, kept for the next search
    std::optional<analysis::Evaluator> m_evaluator; ///< read when the first pair is compared
    std::deque<KeptPicture> m_pictures;             ///< in full precision, the latest first
};

} // namespace app::jobs
