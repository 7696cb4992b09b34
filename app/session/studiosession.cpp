#include <app/session/studio.h>

// Work as a session and back.

namespace app::session {

namespace {

/// What another machine takes says nothing about this one.
bool isOfThisMachine(const analysis::Latency& speed) {
    const analysis::Machine here = analysis::thisMachine();
    return speed.machine.processor == here.processor && speed.machine.exactCode == here.exactCode;
}

} // namespace

Session Studio::session() const {
    Session session;
    session.request = m_request;
    session.model = quant::modelRef(m_document.model());
    session.recipe = m_document.recipe();
    session.recipeFile = m_document.recipeFile();
    session.recipeModified = m_document.isRecipeModified();
    session.recipeDraft = m_document.draft();
    session.recipeShelf = m_document.recipeShelf().entries();
    session.locks = m_document.locks();
    session.sampling = m_sampling;
    session.maps = m_requestedMaps;
    session.analyses = m_document.analysisShelf().files();
    session.measurements = m_document.analysis();
    if (session.measurements.maps.empty()) session.measurements.settings = m_inputs;
    session.measurements.model = session.model;
    session.otherMeasurements = m_document.otherAnalyses();
    session.speed = m_document.latency();
    return session;
}

void Studio::restore(const Session& session) {
    openModel(session.request);
    m_restoring = session;
}

void Studio::forgetRestoring() {
    m_restoring.reset();
    m_unlike.reset();
}

void Studio::goOnWith(const Session& session) {
    if (!m_unlike) return;
    m_requestedMaps.clear();
    m_document.setModel(*std::exchange(m_unlike, std::nullopt));
    beginWork(session);
}

void Studio::closeModel() {
    m_unlike.reset();
    m_restoring.reset();
    forgetPresent();
}

void Studio::forgetPresent() {
    m_stopped = true;
    m_firstPreviewDue = false;
    m_measuring.clear();
    m_requestedMaps.clear();
    m_engine.discardAll();
    m_document.setModel({});
}

/// A recipe that does not fit is told of and stays as a draft, to be corrected; the rest is in place all the same.
void Studio::putInPlace(const Session& session) {
    m_requestedMaps = session.maps;
    m_sampling = session.sampling;
    m_inputs = session.measurements.settings;
    m_document.recipeShelf().replaceAll(session.recipeShelf);
    m_document.analysisShelf().replaceAll(session.analyses);
    const bool fits = session.measurements.model.fingerprint == m_document.model().fingerprint;
    m_document.restoreOtherAnalyses(session.otherMeasurements);
    if (session.speed && session.speed->model.fingerprint == m_document.model().fingerprint &&
        isOfThisMachine(*session.speed))
        m_document.setLatency(*session.speed);
    if (fits && !session.measurements.maps.empty()) m_document.addAnalysis(session.measurements);
    const auto recipe = m_document.restoreRecipe(session.recipe, session.recipeFile, session.recipeModified);
    if (!session.recipeDraft.isEmpty()) {
        if (!recipe) m_document.recipeShelf().keep(tr("Recipe that does not fit"), session.recipe);
        m_document.setDraft(session.recipeDraft);
    }
    m_document.restoreLocks(session.locks);
    Q_EMIT samplingChanged();
    Q_EMIT restored(session);
    if (!recipe)
        Q_EMIT failed({recipe.failure().kind,
                       tr("The recipe of the session does not fit the model; it stands in the recipe pane, to be "
                          "corrected there. %1")
                           .arg(recipe.failure().sentence)});
}

} // namespace app::session
