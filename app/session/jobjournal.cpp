#include <app/session/jobjournal.h>

#include <QFile>
#include <QJsonArray>
#include <QStandardPaths>

#include <utility>

namespace app::session {

namespace {

using jobs::JobKind;

const QString kWhat = QStringLiteral("jobs");
const QString kSearch = QStringLiteral("search");
const QString kGoal = QStringLiteral("goal");
const QString kValue = QStringLiteral("value");
const QString kSaving = QStringLiteral("saving");
const QString kFormats = QStringLiteral("formats");
const QString kTimeRanges = QStringLiteral("timeRanges");

bool isKept(JobKind kind) {
    return kind == JobKind::Analyze || kind == JobKind::Search;
}

QString formatsText(const std::vector<quant::Format>& formats) {
    QStringList names;
    for (const quant::Format& format : formats) names << QString::fromStdString(quant::toString(format));
    return names.join(QLatin1Char(','));
}

/// The list travels as the look of a session.
QJsonObject toJson(const AbandonedJobs& jobs) {
    QJsonObject json{{kWhat, QJsonArray::fromStringList(jobs.what)}};
    if (jobs.searches)
        json.insert(kSearch, QJsonObject{{kGoal, int(jobs.target.goal)},
                                         {kValue, jobs.target.value},
                                         {kSaving, int(jobs.target.saving)},
                                         {kFormats, formatsText(jobs.formats)},
                                         {kTimeRanges, jobs.timeRanges}});
    return json;
}

/// What cannot be read of a search leaves the search out: the file may come from anywhere.
AbandonedJobs parsed(Session session) {
    AbandonedJobs jobs;
    for (const QJsonValue& what : session.look[kWhat].toArray()) jobs.what << what.toString();
    const QJsonObject search = session.look[kSearch].toObject();
    const auto formats =
        jobs::guarded([&search] { return quant::parseFormats(search[kFormats].toString().toStdString()); });
    const int goal = search[kGoal].toInt(-1);
    const int saving = search[kSaving].toInt(-1);
    jobs.searches = formats && goal >= 0 && goal <= int(analysis::Goal::MaxSeconds) && saving >= 0 &&
                    saving <= int(analysis::Saving::Seconds);
    if (jobs.searches) {
        jobs.target = {analysis::Goal(goal), search[kValue].toDouble(), analysis::Saving(saving)};
        jobs.formats = formats.value();
        jobs.timeRanges = search[kTimeRanges].toBool();
    }
    session.look = {};
    jobs.session = std::move(session);
    return jobs;
}

/// Metrics and formats say nothing about the inputs.
bool haveSameInputs(analysis::AnalysisSettings a, analysis::AnalysisSettings b) {
    for (analysis::AnalysisSettings* settings : {&a, &b}) {
        settings->metrics.clear();
        settings->formats.clear();
    }
    return a == b;
}

} // namespace

JobJournal::JobJournal(RecipeFinder& finder, const QString& folder, QObject* parent)
    : QObject(parent), m_finder(finder), m_folder(folder) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(0);
    connect(&m_soon, &QTimer::timeout, this, &JobJournal::write);
    connectEngine();
    findAbandoned(folder);
}

JobJournal::~JobJournal() {
    m_thread.finish();
    if (m_slot) m_slot->removeCopy();
}

QString JobJournal::standardFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/jobs");
}

void JobJournal::connectEngine() {
    Studio* studio = &m_finder.studio();
    const jobs::Engine* engine = &studio->engine();
    connect(engine, &jobs::Engine::jobSubmitted, this,
            [this](quint64 number, JobKind kind, const jobs::JobDescription& description) {
                if (!isKept(kind)) return;
                m_unfinished[number] = {kind, description.what};
                m_soon.start();
            });
    connect(engine, &jobs::Engine::jobChanged, this, [this](quint64 number, jobs::JobState state) {
        if (jobs::isOver(state) && m_unfinished.erase(number) > 0) m_soon.start();
    });
    connect(studio, &Studio::restored, this, [this] {
        if (const auto jobs = std::exchange(m_resuming, std::nullopt)) goOn(*jobs);
    });
    connect(studio, &Studio::failed, this, [this] { m_resuming.reset(); });
    connect(&m_finder, &RecipeFinder::changed, this, &JobJournal::searchWhenReady, Qt::QueuedConnection);
}

void JobJournal::findAbandoned(const QString& folder) {
    m_left = RecoverySlot::abandoned(folder);
    for (const RecoverySlot& slot : m_left) {
        auto session = jobs::guarded([&slot] { return loadSession(slot.file()); });
        if (!session) continue; // cut short by the same end of the program
        m_abandoned = parsed(std::move(session.value()));
        if (!m_abandoned->what.isEmpty()) return;
        m_abandoned.reset();
    }
}

/// The maps themselves are kept elsewhere: in the cache of analyses.
AbandonedJobs JobJournal::present() const {
    AbandonedJobs jobs;
    jobs.session = m_finder.studio().session();
    jobs.session.measurements.maps.clear();
    jobs.session.measurements.floors.clear();
    jobs.session.measurements.activations.reset();
    jobs.session.measurements.uniform.clear();
    for (const auto& [number, kept] : m_unfinished) {
        jobs.what << kept.what;
        jobs.searches = jobs.searches || kept.kind == JobKind::Search;
    }
    jobs.target = m_finder.target();
    jobs.formats = m_finder.formats();
    jobs.timeRanges = m_finder.usesTimeRanges();
    return jobs;
}

/// Without a place to write to there is no journal, and nothing else is worse for it.
void JobJournal::write() {
    if (m_unfinished.empty() || !m_finder.studio().document().hasModel()) {
        if (m_slot) m_thread.run([file = m_slot->file()] { QFile::remove(file); }, [](const auto&) {});
        return;
    }
    if (!m_slot) {
        auto fresh = jobs::guarded([this] { return std::make_shared<RecoverySlot>(RecoverySlot::fresh(m_folder)); });
        if (!fresh) return;
        m_slot = std::move(*fresh.value());
    }
    AbandonedJobs jobs = present();
    jobs.session.look = toJson(jobs);
    m_thread.run([session = std::move(jobs.session), file = m_slot->file()] { saveRecoveryCopy(session, file); },
                 [](const auto&) {});
}

bool JobJournal::isPresent(const Session& session) const {
    const StudioDocument& document = m_finder.studio().document();
    if (!document.hasModel() || document.model().fingerprint != session.model.fingerprint) return false;
    const analysis::AnalysisSettings& inputs =
        document.analysis().maps.empty() ? m_finder.studio().inputs() : document.analysis().settings;
    return haveSameInputs(inputs, session.measurements.settings);
}

void JobJournal::resume() {
    if (!m_abandoned) return;
    const AbandonedJobs jobs = *m_abandoned;
    forget();
    if (isPresent(jobs.session)) return goOn(jobs);
    m_resuming = jobs;
    m_finder.studio().restore(jobs.session);
}

void JobJournal::forget() {
    for (const RecoverySlot& slot : m_left) slot.removeCopy();
    m_left.clear();
    m_abandoned.reset();
    Q_EMIT changed();
}

void JobJournal::goOn(const AbandonedJobs& jobs) {
    m_finder.studio().requestMaps(jobs.session.maps);
    m_finder.studio().resume();
    if (!jobs.searches) return;
    m_finder.setFormats(jobs.formats);
    m_finder.setTimeRanges(jobs.timeRanges);
    m_finder.setTarget(jobs.target);
    m_searchDue = true;
    searchWhenReady();
}

/// A search rests on maps, which may have to be measured first.
void JobJournal::searchWhenReady() {
    if (!m_searchDue || m_finder.studio().engine().isBusy(JobKind::Analyze) || !m_finder.result()) return;
    m_searchDue = false;
    m_finder.measureAndRepair();
}

} // namespace app::session
