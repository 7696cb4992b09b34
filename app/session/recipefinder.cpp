#include <app/session/recipefinder.h>

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

namespace app::session {

namespace {

using analysis::Goal;
using analysis::Metric;
using analysis::Saving;

constexpr double kProposalStepDb = 0.5;
constexpr double kShownStepDb = 0.1;
constexpr double kRoundingRoom = 1e-9; ///< relative; a cost that was added up must stay within itself

bool isComplete(const analysis::Analysis& analysis, Metric metric, quant::Format format) {
    const analysis::SqnrMap* map = analysis.find(metric, format);
    return map && map->grid.complete();
}

/// What a target of this kind limits.
double valueOf(Goal goal, const analysis::Tradeoff& place) {
    switch (goal) {
    case Goal::MaxBytes:
        return double(place.cost.bytes);
    case Goal::MaxBops:
        return place.cost.bops;
    case Goal::MaxMeanBits:
        return place.cost.meanWeightBits;
    case Goal::MaxSeconds:
        return place.seconds;
    case Goal::MinSqnr:
        return place.predictedDb;
    }
    return 0;
}

} // namespace

RecipeFinder::RecipeFinder(Studio& studio, QObject* parent)
    : QObject(parent), m_studio(studio), m_formats(rememberedFormats(studio.settings(), kSearchFormats)) {
    connectDocument();
}

RecipeFinder::~RecipeFinder() = default;

void RecipeFinder::connectDocument() {
    const StudioDocument* document = &m_studio.document();
    connect(document, &StudioDocument::modelChanged, this, &RecipeFinder::startAnew);
    connect(document, &StudioDocument::analysisChanged, this, &RecipeFinder::invalidate);
    connect(document, &StudioDocument::latencyChanged, this, &RecipeFinder::invalidate);
    connect(document, &StudioDocument::locksChanged, this, [this] {
        forgetMeasurement();
        invalidate();
    });
    connect(document, &StudioDocument::recipeChanged, this, [this] {
        if (m_prepared) m_prepared->present.reset();
        Q_EMIT changed();
    });
    const jobs::Engine* engine = &m_studio.engine();
    connect(engine, &jobs::Engine::recipeFound, this, &RecipeFinder::noteFound);
    connect(engine, &jobs::Engine::failed, this, &RecipeFinder::noteFailure);
    connect(engine, &jobs::Engine::ended, this, &RecipeFinder::noteEnd);
}

void RecipeFinder::startAnew() {
    m_isTargetChosen = m_isTargetProposed = false;
    forgetMeasurement();
    invalidate();
}

void RecipeFinder::invalidate() {
    dropPrepared();
    Q_EMIT changed();
}

void RecipeFinder::dropPrepared() {
    m_prepared.reset();
    m_isPreparing = false;
    m_preparing.discard(jobs::JobKind::Search);
}

void RecipeFinder::forgetMeasurement() {
    m_measured.reset();
    m_failure.clear();
    m_isSearching = m_wasStopped = false;
    m_studio.engine().discardSearch();
}

void RecipeFinder::setTarget(const analysis::SearchTarget& target) {
    if (target.goal == m_target.goal && target.value == m_target.value && target.saving == m_target.saving) return;
    const Saving before = axis();
    m_target = target;
    m_isTargetChosen = true;
    m_isTargetProposed = false;
    forgetMeasurement();
    if (axis() != before) dropPrepared();
    if (m_prepared && m_prepared->search) {
        m_prepared->found.reset();
        m_prepared->obstacle.clear();
    }
    Q_EMIT changed();
    Q_EMIT wishChanged();
}

void RecipeFinder::setGoal(Goal goal, Saving saving) {
    const std::optional<analysis::SearchResult> known = result();
    analysis::SearchTarget target{goal, m_target.value, saving};
    if (known && goal != m_target.goal) {
        const double db = std::floor(known->predicted.db.value_or(0) / kShownStepDb) * kShownStepDb;
        const double value = valueOf(goal, {{}, known->cost, db, known->seconds});
        target.value = value * (goal == Goal::MinSqnr ? 1 : 1 + kRoundingRoom);
    }
    const bool isKnown = known && std::isfinite(target.value);
    if (std::isnan(target.value)) target.value = 0; // speed that was not measured
    setTarget(target);
    if (isKnown) return;
    m_isTargetChosen = false;
    invalidate();
}

void RecipeFinder::setFormats(std::vector<quant::Format> formats) {
    QStringList names;
    for (const quant::Format& format : formats) names << QString::fromStdString(quant::toString(format));
    if (!names.isEmpty()) m_studio.settings().set(kSearchFormats, names.join(QLatin1Char(',')));
    useFormats(std::move(formats));
}

void RecipeFinder::useFormats(std::vector<quant::Format> formats) {
    if (formats == m_formats) return;
    m_formats = std::move(formats);
    forgetMeasurement();
    invalidate();
    Q_EMIT wishChanged();
}

void RecipeFinder::setTimeRanges(bool use) {
    if (use == m_timeRanges) return;
    m_timeRanges = use;
    forgetMeasurement();
    invalidate();
    Q_EMIT wishChanged();
}

std::vector<quant::Format> RecipeFinder::offeredFormats() const {
    std::set<quant::Format> formats(m_formats.begin(), m_formats.end());
    formats.insert(m_studio.standardFormats().begin(), m_studio.standardFormats().end());
    for (const quant::Format& format : m_studio.document().formatsInUse()) formats.insert(format);
    for (const analysis::SqnrMap& map : m_studio.document().analysis().maps) formats.insert(map.format);
    return {formats.begin(), formats.end()};
}

bool RecipeFinder::isMeasured(quant::Format format) const {
    return format == quant::Format{} || isComplete(m_studio.document().analysis(), Metric::Final, format);
}

/// Ranges of steps are told apart by what each step adds, which the output map says.
std::vector<MapKey> RecipeFinder::missingMaps() const {
    std::set<quant::Format> formats(m_formats.begin(), m_formats.end());
    for (const analysis::Lock& lock : m_studio.document().locks()) formats.insert(lock.format);
    formats.erase(quant::Format{});
    std::vector<MapKey> missing;
    for (const quant::Format& format : formats) {
        for (const Metric metric : {Metric::Output, Metric::Final}) {
            const bool isNeeded = metric == Metric::Final || m_timeRanges;
            if (isNeeded && !isComplete(m_studio.document().analysis(), metric, format))
                missing.push_back({metric, format});
        }
    }
    return missing;
}

void RecipeFinder::measureMissing() {
    const std::vector<MapKey> missing = missingMaps();
    m_studio.requestMaps({missing.begin(), missing.end()});
    m_studio.resume(); // who asks for a map wants it even after a stop
}

const std::optional<analysis::SearchResult>& RecipeFinder::result() {
    prepare();
    return m_measured ? m_measured : m_prepared->found;
}

const QString& RecipeFinder::obstacle() {
    prepare();
    return m_failure.isEmpty() ? m_prepared->obstacle : m_failure;
}

const std::vector<analysis::Tradeoff>& RecipeFinder::paretoCurve() {
    prepare();
    return m_prepared->curve;
}

const std::vector<analysis::Tradeoff>& RecipeFinder::uniform() {
    prepare();
    return m_prepared->uniform;
}

const std::optional<analysis::Tradeoff>& RecipeFinder::present() {
    prepare();
    return m_prepared->present;
}

Saving RecipeFinder::axis() const {
    if (m_target.goal == Goal::MinSqnr) return m_target.saving;
    if (m_target.goal == Goal::MaxSeconds) return Saving::Seconds;
    return m_target.goal == Goal::MaxBops ? Saving::Bops : Saving::Bytes;
}

std::optional<TargetRange> RecipeFinder::range() {
    prepare();
    return reachable();
}

std::optional<TargetRange> RecipeFinder::reachable() const {
    std::optional<TargetRange> range;
    for (const analysis::Tradeoff& point : m_prepared->curve) {
        const double value = valueOf(m_target.goal, point);
        if (!std::isfinite(value)) continue; // exact recipes have no decibels
        if (!range) range = TargetRange{value, value};
        range->low = std::min(range->low, value);
        range->high = std::max(range->high, value);
    }
    return range;
}

analysis::SearchSpace RecipeFinder::space() const {
    return {m_formats, m_studio.document().locks(), m_timeRanges, m_studio.document().latency()};
}

RecipeFinder::Basis RecipeFinder::basis() const {
    return {m_studio.document().analysis(), m_studio.document().model(), space(), axis()};
}

void RecipeFinder::prepareSoon() {
    if (m_prepared || m_isPreparing) return;
    if (const QString obstacle = firstObstacle(); !obstacle.isEmpty()) return prepare();
    m_isPreparing = true;
    m_preparing.submit(jobs::JobKind::Search, [this, basis = basis()](const jobs::JobContext& context) {
        auto prepared = std::make_shared<Prepared>(preparedFrom(basis));
        context.deliver([this, prepared] {
            if (!m_prepared) takePrepared(std::move(*prepared));
        });
        return jobs::Outcome::Finished;
    });
}

void RecipeFinder::prepare() {
    if (!m_prepared) {
        const QString obstacle = firstObstacle();
        takePrepared(obstacle.isEmpty() ? preparedFrom(basis()) : Prepared{.search = {}, .obstacle = obstacle});
    }
    if (!m_prepared->search) return;
    if (!m_prepared->present) {
        const auto present = jobs::guarded([this] { return m_prepared->search->place(m_studio.document().recipe()); });
        if (present) m_prepared->present = present.value();
    }
    if (!m_prepared->found && m_prepared->obstacle.isEmpty()) findBest();
    dropOutdatedMeasurement();
}

void RecipeFinder::takePrepared(Prepared prepared) {
    m_isPreparing = false;
    m_prepared.emplace(std::move(prepared));
    if (m_prepared->search && !m_isTargetChosen) proposeTarget();
    Q_EMIT changed();
}

QString RecipeFinder::firstObstacle() const {
    const StudioDocument& document = m_studio.document();
    if (!document.hasModel()) return tr("Open a model first.");
    if (m_formats.empty()) return tr("Choose at least one format.");
    if (document.analysis().maps.empty()) return tr("Nothing is measured yet; measure the maps of the chosen formats.");
    if (axis() == Saving::Seconds && !document.latency())
        return tr("How fast the layers are on this machine is not measured yet; choose Run, Measure Speed.");
    return {};
}

/// Of values alone, on whatever thread.
RecipeFinder::Prepared RecipeFinder::preparedFrom(const Basis& basis) {
    Prepared prepared;
    auto search = jobs::guarded([&basis] { return analysis::RecipeSearch(basis.analysis, basis.model, basis.space); });
    if (!search) {
        prepared.obstacle = search.failure().sentence;
        return prepared;
    }
    prepared.search.emplace(std::move(search.value()));
    const auto curve = jobs::guarded([&] { return prepared.search->paretoCurve(basis.axis); });
    if (curve) prepared.curve = curve.value();
    const auto uniform = jobs::guarded([&] { return prepared.search->uniform(); });
    if (uniform) prepared.uniform = uniform.value();
    return prepared;
}

void RecipeFinder::findBest() {
    const auto found = jobs::guarded([this] { return m_prepared->search->find(m_target); });
    if (found)
        m_prepared->found = found.value();
    else
        m_prepared->obstacle = found.failure().sentence;
}

/// In the middle of what can be had.
void RecipeFinder::proposeTarget() {
    const std::optional<TargetRange> ends = reachable();
    if (!ends) return;
    m_target.value = (ends->low + ends->high) / 2;
    if (m_target.goal == Goal::MinSqnr) m_target.value = std::floor(m_target.value / kProposalStepDb) * kProposalStepDb;
    m_isTargetChosen = m_isTargetProposed = true;
}

/// What was measured says something as long as the same recipe is predicted to be best.
void RecipeFinder::dropOutdatedMeasurement() {
    if (!m_measured) return;
    const bool isStillBest = m_prepared->found && m_prepared->found->recipe.base == m_measuring.base &&
                             m_prepared->found->recipe.rules == m_measuring.rules;
    if (!isStillBest) m_measured.reset();
}

jobs::Result<jobs::Done> RecipeFinder::apply() {
    if (!result()) return jobs::Failure{ldm::ErrorKind::BadInput, obstacle()};
    return m_studio.document().replaceRecipe(analysis::withFormatsOf(m_studio.document().recipe(), result()->recipe));
}

void RecipeFinder::measureAndRepair() {
    prepare();
    if (!m_prepared->found) return;
    m_failure.clear();
    m_measured.reset();
    m_isSearching = true;
    m_wasStopped = false;
    m_measuring = m_prepared->found->recipe;
    m_measuringInputs = m_studio.document().analysis().settings;
    m_studio.engine().search({m_studio.document().analysis(), space(), m_target});
    Q_EMIT changed();
}

void RecipeFinder::noteFound(const analysis::SearchResult& result) {
    if (result.measuredDb) {
        m_measured = result;
        m_studio.document().measurements().note(result.recipe, m_measuringInputs, *result.measuredDb);
    }
    Q_EMIT changed();
}

void RecipeFinder::noteEnd(jobs::JobKind kind, jobs::Outcome outcome) {
    if (kind != jobs::JobKind::Search) return;
    m_isSearching = false;
    m_wasStopped = outcome == jobs::Outcome::Interrupted;
    Q_EMIT changed();
}

/// A model that could not be opened has ended the search, too.
void RecipeFinder::noteFailure(jobs::JobKind kind, const jobs::Failure& failure) {
    if (kind == jobs::JobKind::Search) m_failure = failure.sentence;
    if (kind == jobs::JobKind::Search || kind == jobs::JobKind::Open) m_isSearching = false;
    Q_EMIT changed();
}

} // namespace app::session
