#include <app/jobs/engine.h>

namespace app::jobs {

Engine::Engine(QObject* parent) : QObject(parent) {
    connect(&m_thread, &EngineThread::busyChanged, this, &Engine::busyChanged);
    connect(&m_thread, &EngineThread::progressed, this, &Engine::progressed);
    connect(&m_thread, &EngineThread::ended, this, &Engine::ended);
    connect(&m_thread, &EngineThread::failed, this, &Engine::failed);
}

Engine::~Engine() = default;

void Engine::open(ldm::OpenRequest request) {
    m_thread.discard(JobKind::Analyze);
    m_thread.discard(JobKind::Search);
    m_thread.discard(JobKind::Preview);
    m_thread.submit(JobKind::Open, [this, request = std::move(request)](const JobContext& context) {
        context.progress({"opening " + request.model, 0, 0});
        ldm::ModelInfo model = m_workbench.open(request);
        context.deliver([this, model = std::move(model)] { Q_EMIT modelOpened(model); });
        return Outcome::Finished;
    });
}

void Engine::preview(PreviewRequest request) {
    m_thread.submit(JobKind::Preview, [this, request = std::move(request)](const JobContext& context) {
        return makePreview(request, context);
    });
}

Outcome Engine::makePreview(const PreviewRequest& request, const JobContext& context) {
    for (const std::string& notice : m_workbench.notices(request.sampling))
        context.deliver([this, notice] { Q_EMIT noticed(QString::fromStdString(notice)); });
    const auto fullPreview = [this, &context](int, const ldm::Image& coarse) {
        context.deliver([this, coarse] { Q_EMIT fullPreviewed(coarse); });
    };
    const std::optional<ldm::Image> full = m_workbench.fullPicture(request.sampling, context, fullPreview);
    if (!full) return Outcome::Interrupted;
    context.deliver([this, image = *full, sampling = request.sampling] { Q_EMIT fullPictureMade(image, sampling); });
    const auto quantizedPreview = [this, &context](int, const ldm::Image& coarse) {
        context.deliver([this, coarse] { Q_EMIT quantizedPreviewed(coarse); });
    };
    const std::optional<ldm::Image> quantized = m_workbench.quantizedPicture(request, context, quantizedPreview);
    if (!quantized) return Outcome::Interrupted;
    const analysis::ImageMetrics metrics = m_workbench.compare(*full, *quantized);
    context.deliver([this, image = *quantized, metrics] { Q_EMIT quantizedPictureMade(image, metrics); });
    return Outcome::Finished;
}

void Engine::analyze(AnalyzeRequest request) {
    m_thread.submit(JobKind::Analyze,
                    [this, request = std::move(request), present = std::make_shared<analysis::Analysis>()](
                        const JobContext& context) { return measure(request, *present, context); });
}

/// Called again after an interruption; then `present` holds what was measured so far.
Outcome Engine::measure(const AnalyzeRequest& request, analysis::Analysis& present, const JobContext& context) {
    if (present.maps.empty()) {
        present = m_workbench.planned(request);
        context.deliver([this, start = present] { Q_EMIT analysisPlanned(start); });
    }
    const auto deliverRow = [this, &context](const analysis::RowMeasured& row) {
        context.deliver([this, row] { Q_EMIT rowMeasured(row); });
    };
    present = m_workbench.analyze(std::move(present), context, deliverRow);
    context.deliver([this, result = present] { Q_EMIT analysisMade(result); });
    return present.complete() ? Outcome::Finished : Outcome::Interrupted;
}

void Engine::search(SearchOrder order) {
    m_thread.submit(JobKind::Search, [this, order = std::move(order), known = std::make_shared<MeasuredRecipes>()](
                                         const JobContext& context) { return find(order, *known, context); });
}

/// Called again after an interruption; then `known` holds what was measured so far, so that it soon is where it was.
Outcome Engine::find(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context) {
    const analysis::SearchResult result = m_workbench.search(order, known, context);
    context.deliver([this, result] { Q_EMIT recipeFound(result); });
    return context.stop.stop_requested() ? Outcome::Interrupted : Outcome::Finished;
}

void Engine::exportModel(ExportOrder order) {
    m_thread.submit(JobKind::Export, [this, order = std::move(order)](const JobContext& context) {
        const std::optional<quant::ExportReport> report = m_workbench.exportModel(order, context);
        if (!report) return Outcome::Interrupted;
        context.deliver([this, done = *report] { Q_EMIT exported(done); });
        return Outcome::Finished;
    });
}

} // namespace app::jobs
