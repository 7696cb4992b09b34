#include <app/session/blockinspector.h>

namespace app::session {

using jobs::JobKind;

BlockInspector::BlockInspector(Studio& studio, QObject* parent) : QObject(parent), m_studio(studio) {
    connectEngine();
    const StudioDocument* document = &studio.document();
    connect(document, &StudioDocument::modelChanged, this, &BlockInspector::startAnew);
    connect(document, &StudioDocument::analysisChanged, this, &BlockInspector::noteAnalysis);
}

void BlockInspector::connectEngine() {
    const jobs::Engine* engine = &m_studio.engine();
    connect(engine, &jobs::Engine::weightsInspected, this,
            [this](const QString& block, const analysis::WeightInspection& found) {
                m_found[block].weights = found;
                Q_EMIT changed();
            });
    connect(engine, &jobs::Engine::inputsInspected, this,
            [this](const QString& block, const analysis::InputInspection& found) {
                m_found[block].inputs = found;
                Q_EMIT changed();
            });
    connect(engine, &jobs::Engine::ended, this, [this](JobKind kind, jobs::Outcome outcome) {
        if (kind != JobKind::Inspect) return;
        end(outcome == jobs::Outcome::Finished ? QString() : tr("The inspection was stopped; select the block again."));
    });
    connect(engine, &jobs::Engine::failed, this, [this](JobKind kind, const jobs::Failure& failure) {
        if (kind == JobKind::Inspect) end(failure.sentence);
    });
}

void BlockInspector::end(const QString& obstacle) {
    m_isWorking = false;
    m_obstacle = obstacle;
    Q_EMIT changed();
}

const analysis::WeightInspection* BlockInspector::weights() const {
    const auto found = m_found.find(m_block);
    return found != m_found.end() && found->second.weights ? &*found->second.weights : nullptr;
}

const analysis::InputInspection* BlockInspector::inputs() const {
    const auto found = m_found.find(m_block);
    return found != m_found.end() && found->second.inputs ? &*found->second.inputs : nullptr;
}

bool BlockInspector::isComplete() const {
    return weights() && (inputs() || !m_studio.document().model().analyzes);
}

/// What the maps were measured with, once there are some: an analysis may come from a file.
analysis::AnalysisSettings BlockInspector::presentInputs() const {
    const analysis::Analysis& analysis = m_studio.document().analysis();
    analysis::AnalysisSettings inputs = analysis.maps.empty() ? m_studio.inputs() : analysis.settings;
    inputs.metrics.clear();
    inputs.formats.clear();
    inputs.level = {};
    inputs.calibration.clear();
    return inputs;
}

void BlockInspector::lookAt(const QString& block) {
    const ldm::ModelInfo& model = m_studio.document().model();
    m_block = model.findBlock(block.toStdString()) ? block : QString();
    forgetOtherInputs();
    if (m_block.isEmpty() || isComplete()) return end({});
    jobs::InspectOrder order{m_block.toStdString(), std::nullopt};
    if (model.analyzes) order.inputs = presentInputs();
    m_isWorking = true;
    m_obstacle.clear();
    m_studio.engine().inspect(std::move(order));
    Q_EMIT changed();
}

void BlockInspector::startAnew() {
    m_found.clear();
    m_block.clear();
    end({});
}

/// Other prompts, seeds or steps make other inputs; weights stay as they are. True if something was forgotten.
bool BlockInspector::forgetOtherInputs() {
    const analysis::AnalysisSettings inputs = presentInputs();
    if (inputs == m_inputs) return false;
    m_inputs = inputs;
    bool wereKnown = false;
    for (auto& [block, found] : m_found) {
        wereKnown = wereKnown || found.inputs;
        found.inputs.reset();
    }
    return wereKnown || m_isWorking;
}

void BlockInspector::noteAnalysis() {
    if (!forgetOtherInputs()) return;
    if (m_isWorking) return lookAt(m_block);
    Q_EMIT changed();
}

} // namespace app::session
