#pragma once

#include <app/jobs/enginethread.h>

#include <analysis/analyze.h>
#include <analysis/images.h>
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

/// The opened model and what is kept beside it. Of the engine thread; its results are plain values.
class Workbench {
public:
    ldm::ModelInfo open(const ldm::OpenRequest& request);

    /// From the cache where the same picture was made before. Nothing when stopped.
    std::optional<ldm::Image> fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                          const ldm::PreviewSink& preview);
    std::optional<ldm::Image> quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                               const ldm::PreviewSink& preview);
    /// What the user should know about these settings.
    std::vector<std::string> notices(const ldm::GenerateSettings& sampling);

    analysis::Analysis planned(const AnalyzeRequest& request);
    analysis::Analysis analyze(analysis::Analysis start, const JobContext& context, const analysis::RowSink& rows);
    std::optional<quant::ExportReport> exportModel(const ExportOrder& order, const JobContext& context);

private:
    struct KeptPicture {
        ldm::GenerateSettings sampling;
        ldm::Image image;
    };

    quant::Simulation& simulation();

    std::optional<quant::Simulation> m_simulation;
    std::deque<KeptPicture> m_pictures; ///< in full precision, the latest first
};

} // namespace app::jobs
