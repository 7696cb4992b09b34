#include <app/session/studio.h>

#include <app/session/modelfiles.h>

#include <ldm/model.h>
#include <quant/calibration.h>

#include <QLocale>

namespace app::session {

namespace {

using jobs::JobKind;

/// The first of the prompts that recipes are calibrated with.
std::string firstPrompt() {
    const auto prompts = jobs::guarded([] { return quant::loadPrompts(quant::CalibrationSettings{}.prompts); });
    return prompts ? prompts.value().front() : std::string("a photograph of a cat");
}

} // namespace

std::vector<quant::Format> rememberedFormats(const Settings& settings, const Setting<QString>& key) {
    const auto formats = jobs::guarded([&] { return quant::parseFormats(settings.value(key).toStdString()); });
    return formats ? formats.value() : quant::parseFormats(key.fallback.toStdString());
}

Studio::Studio(Settings& settings, QObject* parent)
    : QObject(parent), m_settings(settings), m_standardFormats(rememberedFormats(settings, kAnalysisFormats)) {
    m_sampling.prompt = firstPrompt();
    m_sampling.steps = m_settings.value(kAnalysisSteps);
    connect(&m_document, &StudioDocument::recipeChanged, this, &Studio::afterEdit);
    connect(&m_settings, &Settings::changed, this, &Studio::followSetting);
    connectEngine();
}

Studio::~Studio() = default;

void Studio::connectEngine() {
    connect(&m_engine, &jobs::Engine::modelOpened, this, &Studio::beginModel);
    connect(&m_engine, &jobs::Engine::analysisPlanned, &m_document, &StudioDocument::addAnalysis);
    connect(&m_engine, &jobs::Engine::rowMeasured, &m_document, &StudioDocument::setRow);
    connect(&m_engine, &jobs::Engine::analysisMade, &m_document, &StudioDocument::addAnalysis);
    connect(&m_engine, &jobs::Engine::noticed, this, &Studio::noted);
    connect(&m_engine, &jobs::Engine::exported, this, &Studio::tellAboutExport);
    connect(&m_engine, &jobs::Engine::reportWritten, this,
            [this](const QString& file) { Q_EMIT noted(tr("Wrote the report %1").arg(file)); });
    connect(&m_engine, &jobs::Engine::recipeMeasured, this, [this](const jobs::MeasureOrder& order, double db) {
        m_document.measurements().note(order.recipe, order.inputs, db);
    });
    connect(&m_engine, &jobs::Engine::speedMeasured, this, [this](const analysis::Latency& latency) {
        m_document.setLatency(latency);
        Q_EMIT noted(tr("A UNet step takes %1 ms in full precision on this machine.")
                         .arg(QLocale().toString(1e3 * latency.fullSeconds(), 'f', 1)));
    });
    connect(&m_engine, &jobs::Engine::ended, this, &Studio::afterJob);
    connect(&m_engine, &jobs::Engine::failed, this, &Studio::afterFailure);
}

void Studio::open(const QString& path) {
    if (kindOf(path) == FileKind::Model) {
        openModel({path.toStdString(), {}, {}, {}, m_request.compute});
    } else if (m_engine.isBusy(JobKind::Open)) {
        m_filesToOpen << path;
    } else if (m_document.hasModel()) {
        openFile(path);
    } else {
        openModelFor(path);
    }
}

void Studio::openModel(const ldm::OpenRequest& request) {
    m_opening = request;
    m_restoring.reset();
    m_unlike.reset();
    m_measuring.clear();
    m_engine.open(request);
}

void Studio::openModelFor(const QString& file) {
    const auto model = jobs::guarded([this, &file] { return modelFor(file, m_settings.recentFiles()); });
    if (!model) {
        Q_EMIT failed(model.failure());
        return;
    }
    m_filesToOpen = {file};
    open(model.value());
}

void Studio::openFile(const QString& file) {
    const bool isAnalysis = kindOf(file) == FileKind::Analysis;
    if (isAnalysis) leaveMaps();
    const auto opened = isAnalysis ? m_document.openAnalysis(file) : m_document.openRecipe(file);
    report(opened);
    if (!opened && isAnalysis && !m_stopped) measureMissing();
    if (!opened) return;
    if (isAnalysis) m_inputs = m_document.analysis().settings;
    m_settings.addRecentFile(file);
    Q_EMIT noted(tr("Opened %1").arg(file));
    if (isAnalysis) measureMissing();
}

void Studio::beginModel(const ldm::ModelInfo& model) {
    m_request = m_opening;
    const std::optional<Session> session = std::exchange(m_restoring, std::nullopt);
    if (session && session->model.fingerprint != model.fingerprint) {
        forgetPresent();
        m_unlike = model;
        Q_EMIT modelDiffers(*session, model);
        return;
    }
    m_requestedMaps.clear();
    takeInputsFromSampling();
    m_document.setModel(model);
    beginWork(session);
}

void Studio::beginWork(const std::optional<Session>& session) {
    const ldm::ModelInfo& model = m_document.model();
    m_firstPreviewDue = model.generates;
    m_stopped = !model.generates;
    const QString path = QString::fromStdString(m_request.model);
    if (QString::fromStdString(model.name) != path) m_settings.addRecentFile(path);
    Q_EMIT modelOpened(path);
    if (session) putInPlace(*session);
    for (const QString& file : std::exchange(m_filesToOpen, {})) openFile(file);
    if (!model.generates) {
        QStringList parts;
        for (const std::string& part : model.missing) parts.append(QString::fromStdString(part));
        Q_EMIT noted(tr("This model has no %1, so it can be inspected but not run here; choose a model that lends "
                        "what is missing under File, Open with Options.")
                         .arg(parts.join(tr(" and no "))));
        return;
    }
    measureMissing();
    if (m_firstPreviewDue && m_measuring.empty()) requestPreview(); // an analysis that was opened held all maps
}

void Studio::setSampling(const ldm::GenerateSettings& sampling) {
    typeSampling(sampling);
    if (std::exchange(m_isSamplingNew, false) && isPreviewAutomatic()) requestPreview();
}

void Studio::typeSampling(const ldm::GenerateSettings& sampling) {
    if (sampling == m_sampling) return;
    m_sampling = sampling;
    m_isSamplingNew = true;
    Q_EMIT samplingChanged();
}

void Studio::followSetting(const QString& key) {
    if (key == QLatin1String(kAnalysisFormats.key)) {
        m_standardFormats = rememberedFormats(m_settings, kAnalysisFormats);
        if (!m_stopped) measureMissing();
    } else if (key == QLatin1String(kAnalysisSteps.key) && !m_document.hasModel()) {
        m_sampling.steps = m_settings.value(kAnalysisSteps);
        Q_EMIT samplingChanged();
    }
}

void Studio::setPreviewAutomatic(bool automatic) {
    m_settings.set(kAutomaticPreview, automatic);
    if (automatic) requestPreview();
}

void Studio::requestPreview() {
    if (!m_document.hasModel()) return;
    m_firstPreviewDue = m_isSamplingNew = false;
    m_engine.preview({m_document.recipe(), m_sampling});
    Q_EMIT previewRequested();
}

void Studio::requestMaps(const std::set<MapKey>& keys) {
    m_requestedMaps.insert(keys.begin(), keys.end());
    if (!m_stopped) measureMissing();
}

void Studio::measureAgain() {
    if (!m_document.hasModel()) return;
    takeInputsFromSampling();
    leaveMaps();
    m_document.switchAnalysis(m_inputs);
    resume();
}

void Studio::bringBackMaps() {
    leaveMaps();
    if (!m_document.bringBackAnalysis()) {
        Q_EMIT noted(tr("There are no other maps than these."));
        return measureMissing();
    }
    m_inputs = m_document.analysis().settings;
    const std::string prompt = m_inputs.prompts.empty() ? std::string() : m_inputs.prompts.front();
    Q_EMIT noted(tr("Maps measured with “%1” and %2 steps").arg(QString::fromStdString(prompt)).arg(m_inputs.steps));
    resume();
}

/// Rows that are still on their way belong to the maps that are left, and would be taken for those that come.
void Studio::leaveMaps() {
    m_measuring.clear();
    m_engine.discardAnalysis();
}

void Studio::setLevel(analysis::Level level) {
    if (level == m_inputs.level) return;
    m_inputs.level = level;
    leaveMaps();
    m_document.switchAnalysis(m_inputs);
    resume();
}

void Studio::resume() {
    m_stopped = false;
    measureMissing();
    if (m_firstPreviewDue && m_measuring.empty()) requestPreview();
}

void Studio::measureRecipe() {
    if (!m_document.hasModel()) return;
    const bool hasMaps = !m_document.analysis().maps.empty();
    m_engine.measure({m_document.recipe(), hasMaps ? m_document.analysis().settings : m_inputs});
}

void Studio::measureSpeed() {
    if (!m_document.hasModel()) return;
    std::set<quant::Format> formats(m_standardFormats.begin(), m_standardFormats.end());
    for (const quant::Format& format : m_document.formatsInUse()) formats.insert(format);
    for (const quant::Format& format : rememberedFormats(m_settings, kSearchFormats)) formats.insert(format);
    for (const analysis::Lock& lock : m_document.locks()) formats.insert(lock.format);
    analysis::LatencySettings settings;
    settings.formats.assign(formats.begin(), formats.end());
    settings.precision = m_request.compute.precision;
    m_engine.measureSpeed({settings});
}

void Studio::exportRecipe(quant::ExportRequest target) {
    target.sampling = samplingOfFiles();
    std::optional<analysis::AnalysisSettings> maps;
    if (!target.options.layerDb.empty()) {
        maps = m_document.analysis().settings;
        maps->metrics = {analysis::Metric::Local};
        maps->formats.clear();
        for (const analysis::SqnrMap& map : m_document.analysis().maps)
            if (map.metric == analysis::Metric::Local) maps->formats.push_back(map.format);
    }
    m_engine.exportModel({m_document.recipe(), std::move(target), std::move(maps)});
}

void Studio::verifyExport(quant::VerifyRequest request) {
    request.sampling = samplingOfFiles();
    m_engine.verify({std::move(request)});
}

/// As the command line can tell it: pictures of the model's own size.
ldm::GenerateSettings Studio::samplingOfFiles() const {
    ldm::GenerateSettings sampling = m_sampling;
    const ldm::GenerateSettings usual;
    sampling.prompt = usual.prompt;
    sampling.width = usual.width;
    sampling.height = usual.height;
    sampling.latents = usual.latents;
    sampling.latentsRow = usual.latentsRow;
    sampling.latentsRows = usual.latentsRows;
    return sampling;
}

void Studio::stop() {
    m_stopped = !m_measuring.empty();
    m_engine.stop();
}

void Studio::report(const jobs::Result<jobs::Done>& result) {
    if (!result) Q_EMIT failed(result.failure());
}

void Studio::afterEdit() {
    if (isPreviewAutomatic()) requestPreview();
    if (!m_stopped) measureMissing();
}

void Studio::afterJob(JobKind kind, jobs::Outcome outcome) {
    if (kind != JobKind::Analyze) return;
    m_measuring.clear();
    if (outcome == jobs::Outcome::Interrupted) return;
    if (m_firstPreviewDue) requestPreview();
    measureMissing();
}

void Studio::afterFailure(JobKind kind, const jobs::Failure& failure) {
    if (kind == JobKind::Analyze) {
        m_measuring.clear();
        m_stopped = true; // it would fail again
    }
    if (kind == JobKind::Open) {
        m_filesToOpen.clear();
        m_restoring.reset();
    }
    Q_EMIT failed(failure);
    if (kind == JobKind::Open) resume(); // opening put the work on the present model aside
}

void Studio::tellAboutExport(const jobs::ExportOrder& order, const quant::ExportReport& report) {
    const QString path = QString::fromStdString(report.path.string());
    const QString size = QLocale().formattedDataSize(qint64(report.bytes));
    QString text = report.tensors > 0 ? tr("Exported to %1: %2 in %3 tensors, written, read back and compared.")
                                            .arg(path, size)
                                            .arg(report.tensors)
                                      : tr("Exported to %1: %2, written and read back.").arg(path, size);
    if (report.tensors > 0)
        text += QLatin1Char(' ') + tr("Layers: %1 exact, %2 rounded anew, %3 as floats.")
                                       .arg(report.exactLayers)
                                       .arg(report.requantizedLayers)
                                       .arg(report.floatLayers);
    if (report.worstDb)
        text += QLatin1Char(' ') +
                tr("Farthest from the recipe is %1, with %2 dB.")
                    .arg(QString::fromStdString(report.worstLayer), QLocale().toString(*report.worstDb, 'f', 1));
    if (!quant::infoOf(order.target.format).clientTested)
        text += QLatin1Char(' ') + tr("The format is kept to, but no client has loaded such a file yet.");
    for (const std::string& note : report.notes) text += QLatin1Char('\n') + QString::fromStdString(note);
    Q_EMIT noted(text);
}

/// What predictions need comes first, then what was asked for, metric by metric.
std::vector<MapKey> Studio::missingMaps() const {
    std::set<MapKey> wanted = m_requestedMaps;
    for (const quant::Format& format : m_standardFormats) wanted.insert({analysis::Metric::Local, format});
    for (const quant::Format& format : m_document.formatsInUse()) wanted.insert({analysis::Metric::Local, format});
    std::erase_if(wanted, [this](const MapKey& key) {
        const analysis::SqnrMap* map = m_document.analysis().find(key.metric, key.format);
        return map && map->grid.complete();
    });
    return {wanted.begin(), wanted.end()};
}

void Studio::measureMissing() {
    if (!m_document.hasModel()) return;
    const std::vector<MapKey> missing = missingMaps();
    if (missing.empty()) return;
    std::set<MapKey> next;
    for (const MapKey& key : missing)
        if (key.metric == missing.front().metric) next.insert(key);
    if (std::includes(m_measuring.begin(), m_measuring.end(), next.begin(), next.end())) return;
    m_measuring = next;
    analysis::AnalysisSettings settings = m_inputs;
    settings.metrics = {missing.front().metric};
    settings.formats.clear();
    for (const MapKey& key : next) settings.formats.push_back(key.format);
    m_engine.analyze({settings, m_document.analysis(), std::uint64_t(m_settings.value(kCacheMib)) << 20});
}

void Studio::takeInputsFromSampling() {
    const analysis::Level level = m_inputs.level;
    m_inputs = {};
    m_inputs.level = level;
    m_inputs.prompts = {m_sampling.prompt};
    m_inputs.negative = m_sampling.negative;
    m_inputs.scheduler = m_sampling.scheduler;
    m_inputs.steps = m_sampling.steps;
    m_inputs.guidance = m_sampling.guidance;
    m_inputs.seed = m_sampling.seed;
    m_inputs.eta = m_sampling.eta;
    m_inputs.clipSkip = m_sampling.clipSkip;
    m_inputs.weightedPrompts = m_sampling.weightedPrompts;
    m_inputs.device = m_request.compute.device;
    m_inputs.precision = m_request.compute.precision;
}

} // namespace app::session
