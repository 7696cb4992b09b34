#include <app/session/studiodocument.h>

#include <app/commands/lockedit.h>

#include <analysis/merge.h>

#include <QSignalBlocker>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace app::session {

namespace {

std::filesystem::path pathOf(const QString& file) {
    return std::filesystem::path(file.toStdString());
}

/// An analysis of another model would put numbers beside the wrong blocks.
void requireSameModel(const analysis::Analysis& analysis, const ldm::ModelInfo& model, const QString& file) {
    if (analysis.model.fingerprint == model.fingerprint) return;
    throw ldm::badInput("The analysis " + file.toStdString() + " was made for " + analysis.model.name +
                        ", not for the open model " + model.name + "; open that model first.");
}

analysis::Lock lockAtPresent(const quant::Plan& plan, const ldm::ModelInfo& model, int block) {
    const std::string& id = model.blocks[std::size_t(block)].id;
    const quant::BlockFormat format = quant::blockFormat(plan, model, block);
    if (!format.weights || !format.activations)
        throw ldm::badInput("The block " + id +
                            " has no single format, its layers or steps differ; give it one, then lock it.");
    return {id, {*format.weights, *format.activations}};
}

QString inWords(const std::vector<std::string>& blocks) {
    return blocks.size() == 1 ? QString::fromStdString(blocks.front())
                              : StudioDocument::tr("%1 blocks").arg(blocks.size());
}

bool areEqual(const std::vector<analysis::Lock>& a, const std::vector<analysis::Lock>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const analysis::Lock& x, const analysis::Lock& y) {
        return x.id == y.id && x.format == y.format;
    });
}

void requireKnown(const std::vector<analysis::Lock>& locks, const ldm::ModelInfo& model) {
    for (const analysis::Lock& lock : locks)
        if (!model.findBlock(lock.id) && model.layerIndex(lock.id) < 0)
            throw ldm::badInput("The model " + model.name + " has no block or layer " + ldm::inQuotes(lock.id) +
                                " to be locked; remove this lock.");
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

} // namespace

StudioDocument::StudioDocument(QObject* parent) : QObject(parent) {
    connect(&m_undoStack, &QUndoStack::cleanChanged, this, &StudioDocument::stateChanged);
}

/// The undo stack clears itself at its end, which is no change of the document any more.
StudioDocument::~StudioDocument() {
    m_undoStack.disconnect(this);
}

std::vector<quant::Format> StudioDocument::formatsInUse() const {
    std::set<quant::Format> formats;
    for (const quant::PlanSegment& segment : m_plan.segments)
        formats.insert(segment.formats.begin(), segment.formats.end());
    formats.erase(quant::Format{});
    return {formats.begin(), formats.end()};
}

/// Nobody is told before all is in place: whoever looks at rows of the former model would look beyond the new one's.
void StudioDocument::setModel(ldm::ModelInfo model) {
    m_model = std::move(model);
    m_noise.reset();
    m_analysis = {};
    m_setAside.clear();
    m_locks.clear();
    m_latency.reset();
    m_recipeFile.clear();
    m_draft.clear();
    m_isDraftAside = false;
    quant::Recipe recipe;
    recipe.model = quant::modelRef(m_model);
    m_recipe = m_savedRecipe = std::move(recipe);
    m_plan = quant::resolve(m_recipe, m_model);
    m_cost = quant::cost(m_plan, m_model);
    m_prediction = {};
    {
        const std::array<QSignalBlocker, 4> silent{QSignalBlocker(m_measurements), QSignalBlocker(m_recipeShelf),
                                                   QSignalBlocker(m_analysisShelf), QSignalBlocker(m_undoStack)};
        m_measurements.clear();
        m_recipeShelf.replaceAll({});
        m_analysisShelf.replaceAll({});
        m_undoStack.clear();
    }
    Q_EMIT modelChanged();
    Q_EMIT m_measurements.changed();
    Q_EMIT m_recipeShelf.changed();
    Q_EMIT m_analysisShelf.changed();
    Q_EMIT stateChanged();
}

jobs::Result<jobs::Done> StudioDocument::restoreRecipe(const quant::Recipe& recipe, const QString& file,
                                                       bool isModified) {
    const auto fits = jobs::guarded([this, &recipe] { quant::resolve(recipe, m_model); });
    if (!fits) {
        m_recipeFile = file;
        setDraft(QString::fromStdString(quant::toJson(recipe)));
        return fits;
    }
    const auto saved = jobs::guarded([this, &file] { return quant::loadRecipe(pathOf(file), m_model); });
    m_savedRecipe = isModified && saved ? saved.value() : recipe;
    m_undoStack.clear();
    m_recipeFile = file;
    apply(recipe);
    if (isModified) m_undoStack.resetClean();
    Q_EMIT stateChanged();
    return fits;
}

void StudioDocument::setDraft(const QString& text, bool isAside) {
    const bool isKeptAside = isAside && !text.isEmpty();
    if (text == m_draft && isKeptAside == m_isDraftAside) return;
    const bool wasModified = isModified();
    m_draft = text;
    m_isDraftAside = isKeptAside;
    Q_EMIT draftChanged();
    if (isModified() != wasModified) Q_EMIT stateChanged();
}

template <class MakeEdit> jobs::Result<jobs::Done> StudioDocument::push(MakeEdit&& makeEdit) {
    jobs::Result<Edit> edit = jobs::guarded(std::forward<MakeEdit>(makeEdit));
    if (!edit) return edit.failure();
    if (edit.value()->changesSomething()) m_undoStack.push(edit.value().release());
    return jobs::Done{};
}

jobs::Result<jobs::Done> StudioDocument::setBlockFormat(const commands::BlockFormatChange& change) {
    return push([this, &change] { return commands::setBlockFormat(m_recipe, m_model, change, applier()); });
}

jobs::Result<jobs::Done> StudioDocument::setDefaultFormat(quant::Format format) {
    return push([this, format] { return commands::setDefaultFormat(m_recipe, m_model, format, applier()); });
}

jobs::Result<jobs::Done> StudioDocument::clearRules() {
    return push([this] { return commands::clearRules(m_recipe, m_model, applier()); });
}

jobs::Result<jobs::Done> StudioDocument::replaceRecipe(quant::Recipe recipe) {
    return push([this, &recipe] { return commands::replaceRecipe(m_recipe, m_model, std::move(recipe), applier()); });
}

jobs::Result<jobs::Done> StudioDocument::editRecipe(const QString& text, quant::Recipe recipe) {
    return push(
        [this, &text, &recipe] { return commands::editRecipe(text, m_recipe, m_model, std::move(recipe), applier()); });
}

jobs::Result<jobs::Done> StudioDocument::lockBlocks(const std::vector<std::string>& blocks) {
    const auto locked = jobs::guarded([this, &blocks] {
        std::vector<analysis::Lock> locks;
        for (int block = 0; block < int(m_model.blocks.size()); ++block) {
            const std::string& id = m_model.blocks[std::size_t(block)].id;
            const auto before = std::find_if(m_locks.begin(), m_locks.end(),
                                             [&id](const analysis::Lock& lock) { return lock.id == id; });
            if (contains(blocks, id))
                locks.push_back(lockAtPresent(m_plan, m_model, block));
            else if (before != m_locks.end())
                locks.push_back(*before);
        }
        return locks;
    });
    if (!locked) return locked.failure();
    pushLocks(tr("lock %1").arg(inWords(blocks)), locked.value());
    return jobs::Done{};
}

void StudioDocument::unlockBlocks(const std::vector<std::string>& blocks) {
    std::vector<analysis::Lock> locks = m_locks;
    std::erase_if(locks, [&blocks](const analysis::Lock& lock) { return contains(blocks, lock.id); });
    pushLocks(tr("unlock %1").arg(inWords(blocks)), std::move(locks));
}

jobs::Result<jobs::Done> StudioDocument::replaceLocks(std::vector<analysis::Lock> locks) {
    const auto fits = jobs::guarded([this, &locks] { requireKnown(locks, m_model); });
    if (fits) pushLocks(tr("replace the locks"), std::move(locks));
    return fits;
}

void StudioDocument::pushLocks(const QString& text, std::vector<analysis::Lock> locks) {
    if (areEqual(locks, m_locks)) return;
    m_undoStack.push(new commands::LockEdit(text, m_locks, std::move(locks), [this](const auto& present) {
        m_locks = present;
        Q_EMIT locksChanged();
    }));
}

void StudioDocument::restoreLocks(const std::vector<analysis::Lock>& locks) {
    m_locks.clear();
    for (const analysis::Lock& lock : locks)
        if (m_model.findBlock(lock.id) || m_model.layerIndex(lock.id) >= 0) m_locks.push_back(lock);
    Q_EMIT locksChanged();
}

jobs::Result<jobs::Done> StudioDocument::openRecipe(const QString& file) {
    const auto done = push([this, &file] {
        quant::Recipe recipe = quant::loadRecipe(pathOf(file), m_model);
        return commands::replaceRecipe(m_recipe, m_model, std::move(recipe), applier());
    });
    if (!done) return done;
    m_recipeFile = file;
    m_savedRecipe = m_recipe;
    m_undoStack.setClean();
    Q_EMIT stateChanged();
    return done;
}

jobs::Result<jobs::Done> StudioDocument::saveRecipe(const QString& file) {
    if (!m_draft.isEmpty() && !m_isDraftAside)
        return jobs::Failure{ldm::ErrorKind::BadInput,
                             tr("The text in the recipe pane is no recipe of this model yet, so %1 is not written; "
                                "correct the text, take it back, or save the session, which keeps it as it is.")
                                 .arg(file)};
    const auto done = jobs::guarded([this, &file] { quant::saveRecipe(m_recipe, pathOf(file)); });
    if (!done) return done;
    m_recipeFile = file;
    m_savedRecipe = m_recipe;
    m_undoStack.setClean();
    Q_EMIT stateChanged();
    return done;
}

jobs::Result<jobs::Done> StudioDocument::openAnalysis(const QString& file) {
    const auto loaded = jobs::guarded([this, &file] {
        analysis::Analysis analysis = analysis::loadAnalysis(pathOf(file));
        requireSameModel(analysis, m_model, file);
        return analysis;
    });
    if (!loaded) return loaded.failure();
    addAnalysis(loaded.value());
    return jobs::Done{};
}

jobs::Result<jobs::Done> StudioDocument::saveAnalysis(const QString& file) const {
    return jobs::guarded([this, &file] { analysis::saveAnalysis(m_analysis, pathOf(file)); });
}

void StudioDocument::addAnalysis(const analysis::Analysis& analysis) {
    analysis::Analysis known = std::exchange(m_analysis, {});
    if (!analysis::sameInputs(known, analysis)) {
        m_setAside.put(std::move(known));
        known = m_setAside.takeLike(analysis).value_or(analysis::Analysis());
    }
    useAnalysis(analysis::merged(std::move(known), analysis));
}

void StudioDocument::switchAnalysis(const analysis::AnalysisSettings& inputs) {
    m_setAside.put(std::exchange(m_analysis, {}));
    useAnalysis(m_setAside.takeMeasuredWith(inputs).value_or(analysis::Analysis()));
}

bool StudioDocument::bringBackAnalysis() {
    std::optional<analysis::Analysis> other = m_setAside.takeOldest();
    if (!other) return false;
    m_setAside.put(std::exchange(m_analysis, {}));
    useAnalysis(std::move(*other));
    return true;
}

void StudioDocument::clearAnalysis() {
    useAnalysis({});
}

void StudioDocument::restoreOtherAnalyses(const std::vector<analysis::Analysis>& analyses) {
    m_setAside.clear();
    for (const analysis::Analysis& analysis : analyses)
        if (analysis.model.fingerprint == m_model.fingerprint) m_setAside.put(analysis);
}

void StudioDocument::useAnalysis(analysis::Analysis analysis) {
    m_noise.reset();
    m_analysis = std::move(analysis);
    Q_EMIT analysisChanged();
    predict();
}

void StudioDocument::setRow(const analysis::RowMeasured& row) {
    if (!analysis::setRow(m_analysis, row)) return;
    m_noise.reset();
    Q_EMIT rowChanged(row);
    predict();
}

commands::ApplyRecipe StudioDocument::applier() {
    return [this](const quant::Recipe& recipe) { apply(recipe); };
}

void StudioDocument::apply(const quant::Recipe& recipe) {
    m_recipe = recipe;
    m_plan = quant::resolve(m_recipe, m_model);
    m_cost = quant::cost(m_plan, m_model);
    Q_EMIT recipeChanged();
    predict();
}

void StudioDocument::setLatency(analysis::Latency latency) {
    m_latency = std::move(latency);
    Q_EMIT latencyChanged();
}

std::optional<double> StudioDocument::stepSeconds() const {
    return m_latency ? m_latency->seconds(m_plan) : std::nullopt;
}

void StudioDocument::predict() {
    m_prediction = m_analysis.maps.empty() ? analysis::Prediction{} : noiseModel().predict(m_plan);
    Q_EMIT predictionChanged();
}

/// Kept from edit to edit: what it works out of the maps takes longer than all the rest.
const analysis::NoiseModel& StudioDocument::noiseModel() {
    std::vector<quant::Format> formats = formatsInUse();
    if (!m_noise)
        m_noise.emplace(m_analysis, m_model, formats);
    else if (m_noiseFormats != formats)
        m_noise->use(formats);
    m_noiseFormats = std::move(formats);
    return *m_noise;
}

} // namespace app::session
