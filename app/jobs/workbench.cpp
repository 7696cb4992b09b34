#include <app/jobs/workbench.h>

#include <analysis/cache.h>
#include <analysis/merge.h>
#include <ldm/error.h>

#include <QElapsedTimer>

#include <algorithm>

namespace app::jobs {

namespace {

constexpr std::size_t kKeptPictures = 16;
constexpr qint64 kKeepEveryMs = 20'000;
constexpr std::size_t kKeptBytes = std::size_t(256) << 20; ///< of pictures with their steps

std::size_t bytesOf(const ldm::Picture& picture, const std::vector<ldm::Preview>& steps) {
    std::size_t bytes = picture.rgb.size() + picture.latent.size() * sizeof(float);
    for (const ldm::Preview& step : steps) bytes += step.rgb.size() + step.latent.size() * sizeof(float);
    return bytes;
}

void tell(const StepSink& sink, int run, const ldm::Preview& step, const ldm::Preview* full) {
    if (!sink) return;
    StepPicture told{run, step.timestep, step};
    if (full) told.db = analysis::latentDb(full->latent, step.latent);
    sink(told);
}

} // namespace

ldm::ModelInfo Workbench::open(const ldm::OpenRequest& request) {
    FileStamps files(request);
    ldm::Model model = ldm::Model::open(request); // throws before the present model is let go
    ldm::ModelInfo info = model.info();
    m_pictures.clear();
    m_grid.reset();
    m_endToEnd.reset();
    m_simulation.emplace(std::move(model));
    m_files = std::move(files);
    return info;
}

const Workbench::KeptPicture* Workbench::keptPicture(const ldm::GenerateSettings& sampling) const {
    const auto kept = std::find_if(m_pictures.begin(), m_pictures.end(),
                                   [&sampling](const KeptPicture& picture) { return picture.sampling == sampling; });
    return kept == m_pictures.end() ? nullptr : &*kept;
}

const Workbench::KeptPicture& Workbench::keep(KeptPicture picture) {
    m_pictures.push_front(std::move(picture));
    std::size_t bytes = 0;
    for (const KeptPicture& kept : m_pictures) bytes += bytesOf(kept.picture, kept.steps);
    for (; m_pictures.size() > 1 && (m_pictures.size() > kKeptPictures || bytes > kKeptBytes); m_pictures.pop_back())
        bytes -= bytesOf(m_pictures.back().picture, m_pictures.back().steps);
    return m_pictures.front();
}

std::optional<ldm::Picture> Workbench::fullPicture(const ldm::GenerateSettings& sampling, const JobContext& context,
                                                   const StepSink& steps) {
    if (const KeptPicture* kept = keptPicture(sampling)) {
        for (std::size_t i = 0; i < kept->steps.size(); ++i) tell(steps, int(i) + 1, kept->steps[i], nullptr);
        return kept->picture;
    }
    KeptPicture made{sampling, {}, {}};
    const auto listen = [&](int run, const ldm::Preview& preview) {
        made.steps.push_back(preview);
        tell(steps, run, preview, nullptr);
    };
    auto picture = simulation().full(sampling, context.stop, context.progress, listen);
    if (!picture) return std::nullopt;
    made.picture = std::move(*picture);
    return keep(std::move(made)).picture;
}

std::optional<ldm::Picture> Workbench::quantizedPicture(const PreviewRequest& request, const JobContext& context,
                                                        const StepSink& steps) {
    const KeptPicture* full = keptPicture(request.sampling);
    const auto listen = [&](int run, const ldm::Preview& preview) {
        const bool isPaired = full && std::size_t(run) <= full->steps.size();
        tell(steps, run, preview, isPaired ? &full->steps[std::size_t(run) - 1] : nullptr);
    };
    return simulation().quantized(request.recipe, request.sampling, context.stop, context.progress, listen);
}

QuantizedPicture Workbench::compared(const ldm::Image& full, ldm::Image quantized, const quant::Recipe& recipe) {
    if (!m_evaluator) m_evaluator = analysis::Evaluator::embedded();
    const analysis::Seen fullSeen = analysis::see(*m_evaluator, full);
    const analysis::Seen seen = analysis::see(*m_evaluator, quantized, &fullSeen);
    const analysis::ImageMetrics metrics = analysis::compareImages(full, quantized, fullSeen, seen);
    return {std::move(quantized), recipe, metrics, fullSeen.recognition, seen.recognition};
}

void Workbench::beginGrid(analysis::CompareRequest request) {
    m_grid.emplace(std::move(request));
}

std::optional<GridPicture> Workbench::nextOfGrid(const JobContext& context) {
    const quant::Recipe* recipe = m_grid->recipe();
    const ldm::GenerateSettings sampling = m_grid->settings();
    const std::string place = std::to_string(m_grid->made() + 1) + " of " + std::to_string(m_grid->total());
    JobContext part = context;
    part.progress = [&context, place](const ldm::Progress& progress) {
        context.progress({place + ", " + progress.what, progress.done, progress.total});
    };
    auto picture = recipe ? quantizedPicture({*recipe, sampling}, part, {}) : fullPicture(sampling, part, {});
    if (!picture) return std::nullopt;
    GridPicture made{int(m_grid->prompt()), -1, sampling.seed, *picture, std::nullopt};
    m_grid->take(std::move(*picture));
    const analysis::ComparedPicture& compared = m_grid->pictures().back();
    made.recognition = (recipe ? compared.verdicts.back() : compared.fullVerdict).recognition;
    if (!recipe) return made;
    made.recipe = int(compared.metrics.size()) - 1;
    made.metrics = compared.metrics.back();
    return made;
}

int Workbench::exportGrid(const std::filesystem::path& folder, bool overwrite) {
    const auto pictures = m_grid ? m_grid->finishedPrompts() : std::vector<analysis::ComparedPicture>();
    analysis::writeComparison(m_grid ? m_grid->request() : analysis::CompareRequest(), pictures,
                              simulation().model().info(), folder, overwrite);
    return int(pictures.size());
}

std::vector<std::string> Workbench::notices(const ldm::GenerateSettings& sampling) {
    return ldm::noticesFor(simulation().model(), sampling);
}

analysis::Analysis Workbench::planned(const AnalyzeRequest& request) {
    const analysis::AnalysisCache cache(analysis::AnalysisCache::standardFolder());
    return cache.recalled(withKnownValues(analysis::planned(simulation().model(), request.settings), request.known));
}

/// On another thread, since a preview may wait for the analysis to make way. What cannot be kept is measured again.
void Workbench::remember(const analysis::Analysis& result, std::uint64_t mostCacheBytes) {
    m_cacheWriter.run(
        [result, mostCacheBytes] {
            analysis::AnalysisCache(analysis::AnalysisCache::standardFolder(), mostCacheBytes).remember(result);
        },
        [](const Result<Done>&) {});
}

/// What is measured goes into the cache from time to time, so that a program that does not end by itself loses little.
analysis::Analysis Workbench::analyze(analysis::Analysis start, std::uint64_t mostCacheBytes, const JobContext& context,
                                      const analysis::RowSink& rows) {
    if (start.complete()) return start;
    analysis::Analysis soFar = start;
    QElapsedTimer sinceKept;
    sinceKept.start();
    const auto tell = [&](const analysis::RowMeasured& row) {
        analysis::setRow(soFar, row);
        rows(row);
        if (sinceKept.elapsed() < kKeepEveryMs) return;
        remember(soFar, mostCacheBytes);
        sinceKept.restart();
    };
    try {
        analysis::Analysis result =
            analysis::analyze(simulation().model(), std::move(start), context.stop, context.progress, tell);
        remember(result, mostCacheBytes);
        return result;
    } catch (...) { // what was measured until then is not lost
        remember(soFar, mostCacheBytes);
        throw;
    }
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

std::optional<double> Workbench::measure(const MeasureOrder& order, const JobContext& context) {
    return endToEnd(order.inputs).measure(order.recipe, context.stop, context.progress);
}

std::optional<analysis::Latency> Workbench::measureSpeed(const SpeedOrder& order, const JobContext& context) {
    return analysis::measureLatency(simulation().model(), order.settings, context.stop, context.progress);
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

std::optional<analysis::WeightInspection> Workbench::inspectWeights(const InspectOrder& order,
                                                                    const JobContext& context) {
    const ldm::Model& model = simulation().model();
    return analysis::inspectWeights(model, analysis::layersOf(model.info(), order.id), context.stop, context.progress);
}

std::unique_ptr<analysis::InputInspector> Workbench::inputInspector(const InspectOrder& order) {
    const ldm::Model& model = simulation().model();
    return std::make_unique<analysis::InputInspector>(model, order.inputs.value(),
                                                      analysis::layersOf(model.info(), order.id));
}

std::optional<quant::ExportReport> Workbench::exportModel(const ExportOrder& order, const JobContext& context) {
    return quant::exportModel(simulation().model(), order.recipe, order.target, context.stop, context.progress);
}

std::optional<quant::VerifyReport> Workbench::verify(const VerifyOrder& order, const JobContext& context) {
    return quant::verifyExport(simulation().model(), order.request, context.stop, context.progress);
}

quant::Simulation& Workbench::simulation() {
    if (!m_simulation) throw ldm::badInput("No model is open; open one first.");
    m_files.requireUnchanged();
    return *m_simulation;
}

} // namespace app::jobs
