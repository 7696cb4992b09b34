#include <app/jobs/workbench.h>

#include <analysis/cache.h>
#include <analysis/merge.h>
#include <ldm/error.h>

#include <algorithm>

namespace app::jobs {

namespace {

constexpr std::size_t kKeptPictures = 16;

} // namespace

ldm::ModelInfo Workbench::open(const ldm::OpenRequest& request) {
    ldm::Model model = ldm::Model::open(request); // throws before the present model is let go
    ldm::ModelInfo info = model.info();
    m_pictures.clear();
    m_endToEnd.reset();
    m_simulation.emplace(std::move(model));
    return info;
}

std::optional<ldm::Image> Workbench::fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                                 const ldm::PreviewSink& preview) {
    const auto kept = std::find_if(m_pictures.begin(), m_pictures.end(),
                                   [&sampling](const KeptPicture& picture) { return picture.sampling == sampling; });
    if (kept != m_pictures.end()) return kept->image;
    auto picture = simulation().full(sampling, context.stop, context.progress, preview);
    if (!picture) return std::nullopt;
    m_pictures.push_front({sampling, std::move(*picture)});
    if (m_pictures.size() > kKeptPictures) m_pictures.pop_back();
    return m_pictures.front().image;
}

std::optional<ldm::Image> Workbench::quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                                      const ldm::PreviewSink& preview) {
    auto picture = simulation().quantized(request.recipe, request.sampling, context.stop, context.progress, preview);
    if (!picture) return std::nullopt;
    return std::move(*picture);
}

analysis::ImageMetrics Workbench::compare(const ldm::Image& full, const ldm::Image& quantized) {
    if (!m_evaluator) m_evaluator = analysis::Evaluator::embedded();
    return analysis::compareImages(full, quantized, m_evaluator->look(full), m_evaluator->look(quantized));
}

std::vector<std::string> Workbench::notices(const ldm::GenerateSettings& sampling) {
    return ldm::noticesFor(simulation().model(), sampling);
}

analysis::Analysis Workbench::planned(const AnalyzeRequest& request) {
    const analysis::AnalysisCache cache(analysis::AnalysisCache::standardFolder());
    return cache.recalled(withKnownValues(analysis::planned(simulation().model(), request.settings), request.known));
}

analysis::Analysis Workbench::analyze(analysis::Analysis start, const JobContext& context,
                                      const analysis::RowSink& rows) {
    if (start.complete()) return start;
    analysis::Analysis result =
        analysis::analyze(simulation().model(), std::move(start), context.stop, context.progress, rows);
    try {
        analysis::AnalysisCache(analysis::AnalysisCache::standardFolder()).remember(result);
    } catch (const ldm::Error&) { // then it is measured again next time
    }
    return result;
}

analysis::SearchResult Workbench::search(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context) {
    const analysis::RecipeSearch search(order.analysis, simulation().model().info(), order.space);
    const auto measure = [&](const quant::Recipe& recipe) -> std::optional<double> {
        const auto before =
            std::find_if(known.begin(), known.end(), [&recipe](const auto& entry) { return entry.first == recipe; });
        if (before != known.end()) return before->second;
        const std::optional<double> db =
            endToEnd(order.analysis.settings).measure(recipe, context.stop, context.progress);
        if (db) known.emplace_back(recipe, *db);
        return db;
    };
    return analysis::searchMeasured(search, order.target, measure);
}

/// Metrics and formats of the settings say nothing about how pictures are made.
analysis::EndToEnd& Workbench::endToEnd(const analysis::AnalysisSettings& settings) {
    analysis::AnalysisSettings inputs = settings;
    inputs.metrics.clear();
    inputs.formats.clear();
    if (!m_endToEnd || m_measuredInputs != inputs) m_endToEnd.emplace(simulation().model(), inputs);
    m_measuredInputs = inputs;
    return *m_endToEnd;
}

std::optional<quant::ExportReport> Workbench::exportModel(const ExportOrder& order, const JobContext& context) {
    return quant::exportModel(simulation().model(), order.recipe, order.target, context.stop, context.progress);
}

quant::Simulation& Workbench::simulation() {
    if (!m_simulation) throw ldm::badInput("No model is open; open one first.");
    return *m_simulation;
}

} // namespace app::jobs
