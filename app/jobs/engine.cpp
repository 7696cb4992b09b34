#include <app/jobs/engine.h>

#include <app/jobs/describe.h>

namespace app::jobs {

Engine::Engine(QObject* parent) : QObject(parent) {
    connect(&m_thread, &EngineThread::busyChanged, this, &Engine::busyChanged);
    connect(&m_thread, &EngineThread::progressed, this, &Engine::progressed);
    connect(&m_thread, &EngineThread::ended, this, &Engine::ended);
    connect(&m_thread, &EngineThread::failed, this, &Engine::failed);
    connect(&m_thread, &EngineThread::submitted, this, &Engine::jobSubmitted);
    connect(&m_thread, &EngineThread::described, this, &Engine::jobDescribed);
    connect(&m_thread, &EngineThread::stateChanged, this, &Engine::jobChanged);
    connect(&m_thread, &EngineThread::jobProgressed, this, &Engine::jobProgressed);
}

Engine::~Engine() = default;

void Engine::open(ldm::OpenRequest request) {
    m_thread.discard(JobKind::Analyze);
    m_thread.discard(JobKind::Search);
    m_thread.discard(JobKind::Measure);
    m_thread.discard(JobKind::Speed);
    m_thread.discard(JobKind::Preview);
    m_thread.discard(JobKind::Inspect);
    m_thread.discard(JobKind::Pictures);
    JobDescription description = describe(request);
    const auto work = [this, request = std::move(request)](const JobContext& context) {
        context.progress({"opening " + request.model, 0, 0});
        ldm::ModelInfo model = m_workbench.open(request);
        context.deliver([this, request, model = std::move(model)] {
            m_model = request;
            Q_EMIT modelOpened(model);
        });
        return Outcome::Finished;
    };
    m_thread.submit(JobKind::Open, work, std::move(description));
}

void Engine::discardAll() {
    for (std::size_t kind = 0; kind < kJobKinds; ++kind) m_thread.discard(JobKind(kind));
}

void Engine::preview(PreviewRequest request) {
    JobDescription description = describe(m_model, request);
    if (isBusy(JobKind::Preview) && m_pending->replace(request))
        return m_thread.describe(JobKind::Preview, description);
    m_pending = std::make_shared<PendingPreview>(std::move(request), m_afterPicture.get_token());
    const auto work = [this, pending = m_pending](const JobContext& context) { return makePreview(*pending, context); };
    m_thread.submit(JobKind::Preview, work, std::move(description));
}

Outcome Engine::makePreview(PendingPreview& pending, const JobContext& context) {
    pending.begin(context.stop);
    const ldm::GenerateSettings& sampling = pending.sampling();
    for (const std::string& notice : m_workbench.notices(sampling))
        context.deliver([this, notice] { Q_EMIT noticed(QString::fromStdString(notice)); });
    const auto tell = [this, &context](const StepPicture& step) {
        context.deliver([this, step] { Q_EMIT fullPreviewed(step); });
    };
    const std::optional<ldm::Picture> full = m_workbench.fullPicture(sampling, context, tell);
    if (!full) return Outcome::Interrupted;
    context.deliver([this, image = ldm::Image(*full), sampling] { Q_EMIT fullPictureMade(image, sampling); });
    std::optional<quant::Recipe> recipe = pending.takeRecipe();
    if (!recipe) return Outcome::Interrupted;
    return makeQuantized({std::move(*recipe), sampling}, *full, context);
}

Outcome Engine::makeQuantized(const PreviewRequest& request, const ldm::Image& full, const JobContext& context) {
    const auto tell = [this, &context](const StepPicture& step) {
        context.deliver([this, step] { Q_EMIT quantizedPreviewed(step); });
    };
    std::optional<ldm::Picture> quantized = m_workbench.quantizedPicture(request, context, tell);
    if (!quantized) return Outcome::Interrupted;
    context.deliver([this, made = m_workbench.compared(full, std::move(*quantized), request.recipe)] {
        Q_EMIT quantizedPictureMade(made);
    });
    return Outcome::Finished;
}

void Engine::makeGrid(analysis::CompareRequest request) {
    JobDescription description = describe(m_model, request);
    auto work = [this, request = std::move(request), afterPicture = m_afterPicture.get_token(),
                 isBegun = false](const JobContext& context) mutable {
        if (!isBegun) m_workbench.beginGrid(request);
        isBegun = true;
        return fillGrid(afterPicture, context);
    };
    m_thread.submit(JobKind::Pictures, std::move(work), std::move(description));
}

/// Called again after an interruption: goes on with the picture that was left.
Outcome Engine::fillGrid(const std::stop_token& afterPicture, const JobContext& context) {
    while (!m_workbench.isGridDone()) {
        if (afterPicture.stop_requested()) return Outcome::Interrupted;
        const std::optional<GridPicture> picture = m_workbench.nextOfGrid(context);
        if (!picture) return Outcome::Interrupted;
        context.deliver([this, made = *picture] { Q_EMIT gridPictureMade(made); });
    }
    return Outcome::Finished;
}

void Engine::exportGrid(const QString& folder, bool overwrite) {
    m_thread.submit(JobKind::Pictures,
                    [this, folder, overwrite](const JobContext& context) {
                        const int prompts = m_workbench.exportGrid(folder.toStdString(), overwrite);
                        context.deliver([this, folder, prompts] { Q_EMIT gridExported(folder, prompts); });
                        return Outcome::Finished;
                    },
                    {folder, {}});
}

void Engine::stopAfterPicture() {
    m_afterPicture.request_stop();
    m_afterPicture = std::stop_source();
    m_thread.announceStop(JobKind::Preview);
    m_thread.announceStop(JobKind::Pictures);
}

void Engine::analyze(AnalyzeRequest request) {
    JobDescription description = describe(m_model, request);
    auto work = [this, request = std::move(request), present = std::make_shared<analysis::Analysis>()](
                    const JobContext& context) { return measure(request, *present, context); };
    m_thread.submit(JobKind::Analyze, std::move(work), std::move(description));
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
    present = m_workbench.analyze(std::move(present), request.mostCacheBytes, context, deliverRow);
    context.deliver([this, result = present] { Q_EMIT analysisMade(result); });
    return present.complete() ? Outcome::Finished : Outcome::Interrupted;
}

void Engine::measure(MeasureOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order)](const JobContext& context) {
        const std::optional<double> db = m_workbench.measure(order, context);
        if (!db) return Outcome::Interrupted;
        context.deliver([this, order, value = *db] { Q_EMIT recipeMeasured(order, value); });
        return Outcome::Finished;
    };
    m_thread.submit(JobKind::Measure, std::move(work), std::move(description));
}

void Engine::measureSpeed(SpeedOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order)](const JobContext& context) {
        const std::optional<analysis::Latency> latency = m_workbench.measureSpeed(order, context);
        if (!latency) return Outcome::Interrupted;
        context.deliver([this, found = *latency] { Q_EMIT speedMeasured(found); });
        return Outcome::Finished;
    };
    m_thread.submit(JobKind::Speed, std::move(work), std::move(description));
}

/// What an inspection has done before it was interrupted.
struct Engine::InspectionTurn {
    bool hasWeights = false;
    std::unique_ptr<analysis::InputInspector> inputs;
};

void Engine::inspect(InspectOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order), turn = std::make_shared<InspectionTurn>()](const JobContext& context) {
        return lookInto(order, *turn, context);
    };
    m_thread.submit(JobKind::Inspect, std::move(work), std::move(description));
}

/// Called again after an interruption: goes on with the step it was at.
Outcome Engine::lookInto(const InspectOrder& order, InspectionTurn& turn, const JobContext& context) {
    const QString id = QString::fromStdString(order.id);
    if (!turn.hasWeights) {
        const auto weights = m_workbench.inspectWeights(order, context);
        if (!weights) return Outcome::Interrupted;
        turn.hasWeights = true;
        context.deliver([this, id, found = *weights] { Q_EMIT weightsInspected(id, found); });
    }
    if (!order.inputs) return Outcome::Finished;
    if (!turn.inputs) turn.inputs = m_workbench.inputInspector(order);
    const auto inputs = turn.inputs->run(context.stop, context.progress);
    if (!inputs) return Outcome::Interrupted;
    context.deliver([this, id, found = *inputs] { Q_EMIT inputsInspected(id, found); });
    return Outcome::Finished;
}

void Engine::search(SearchOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order), known = std::make_shared<MeasuredRecipes>()](
                    const JobContext& context) { return find(order, *known, context); };
    m_thread.submit(JobKind::Search, std::move(work), std::move(description));
}

/// Called again after an interruption; then `known` holds what was measured so far, so that it soon is where it was.
Outcome Engine::find(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context) {
    const analysis::SearchResult result = m_workbench.search(order, known, context);
    context.deliver([this, result] { Q_EMIT recipeFound(result); });
    return context.stop.stop_requested() ? Outcome::Interrupted : Outcome::Finished;
}

void Engine::exportModel(ExportOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order)](const JobContext& context) -> Outcome {
        const std::optional<quant::ExportReport> report = m_workbench.exportModel(order, context);
        if (!report) return Outcome::Interrupted;
        context.deliver([this, order, done = *report] { Q_EMIT exported(order, done); });
        return Outcome::Finished;
    };
    m_thread.submit(JobKind::Export, std::move(work), std::move(description));
}

void Engine::verify(VerifyOrder order) {
    JobDescription description = describe(m_model, order);
    auto work = [this, order = std::move(order)](const JobContext& context) -> Outcome {
        const std::optional<quant::VerifyReport> report = m_workbench.verify(order, context);
        if (!report) return Outcome::Interrupted;
        context.deliver([this, order, done = *report] { Q_EMIT verified(order, done); });
        return Outcome::Finished;
    };
    m_thread.submit(JobKind::Verify, std::move(work), std::move(description));
}

void Engine::writeReport(report::Report report, const QString& file) {
    m_thread.submit(JobKind::Report,
                    [this, report = std::move(report), file](const JobContext& context) {
                        context.progress({"writing " + file.toStdString(), 0, 0});
                        report::save(report, file);
                        context.deliver([this, file] { Q_EMIT reportWritten(file); });
                        return Outcome::Finished;
                    },
                    {file, {}});
}

} // namespace app::jobs
