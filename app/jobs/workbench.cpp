#include <app/jobs/workbench.h>

#include <app/jobs/carryover.h>

#include <algorithm>

namespace app::jobs {

namespace {

constexpr std::size_t kKeptPictures = 16;

} // namespace

ldm::ModelInfo Workbench::open(const ldm::OpenRequest& request) {
    ldm::Model model = ldm::Model::open(request); // throws before the present model is let go
    ldm::ModelInfo info = model.info();
    m_pictures.clear();
    m_simulation.emplace(std::move(model));
    return info;
}

std::optional<ldm::Image> Workbench::fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                                 const ldm::PreviewSink& preview) {
    const auto kept = std::find_if(m_pictures.begin(), m_pictures.end(),
                                   [&sampling](const KeptPicture& picture) { return picture.sampling == sampling; });
    if (kept != m_pictures.end()) return kept->image;
    std::optional<ldm::Image> image = simulation().full(sampling, context.stop, context.progress, preview);
    if (image) m_pictures.push_front({sampling, *image});
    if (m_pictures.size() > kKeptPictures) m_pictures.pop_back();
    return image;
}

std::optional<ldm::Image> Workbench::quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                                      const ldm::PreviewSink& preview) {
    return simulation().quantized(request.recipe, request.sampling, context.stop, context.progress, preview);
}

std::vector<std::string> Workbench::notices(const ldm::GenerateSettings& sampling) {
    return ldm::noticesFor(simulation().model(), sampling);
}

analysis::Analysis Workbench::planned(const AnalyzeRequest& request) {
    return withKnownValues(analysis::planned(simulation().model(), request.settings), request.known);
}

analysis::Analysis Workbench::analyze(analysis::Analysis start, const JobContext& context,
                                      const analysis::RowSink& rows) {
    return analysis::analyze(simulation().model(), std::move(start), context.stop, context.progress, rows);
}

std::optional<quant::ExportReport> Workbench::exportModel(const ExportOrder& order, const JobContext& context) {
    return quant::exportModel(simulation().model(), order.recipe, order.target, context.stop, context.progress);
}

quant::Simulation& Workbench::simulation() {
    if (!m_simulation) throw ldm::badInput("No model is open; open one first.");
    return *m_simulation;
}

} // namespace app::jobs
