#pragma once

#include <app/commands/recipeedit.h>
#include <app/jobs/result.h>
#include <app/session/analysisshelf.h>
#include <app/session/measurements.h>
#include <app/session/recipeshelf.h>
#include <app/session/setaside.h>

#include <analysis/analyze.h>
#include <analysis/noisemodel.h>
#include <analysis/search.h>
#include <quant/cost.h>

#include <QObject>
#include <QStringList>
#include <QUndoStack>

namespace app::session {

/// What the studio works on: the description of the model, the recipe being edited with all that follows from it, and
/// the measurements. Recipes change by undoable edits only; plan, cost and prediction follow at once. GUI thread.
class StudioDocument : public QObject {
    Q_OBJECT
public:
    explicit StudioDocument(QObject* parent = nullptr);
    ~StudioDocument() override;

    bool hasModel() const { return !m_model.blocks.empty(); }
    const ldm::ModelInfo& model() const { return m_model; }
    const quant::Recipe& recipe() const { return m_recipe; }
    const quant::Plan& plan() const { return m_plan; }
    const quant::Cost& cost() const { return m_cost; }
    const analysis::Prediction& prediction() const { return m_prediction; }
    const analysis::Analysis& analysis() const { return m_analysis; }
    QUndoStack& undoStack() { return m_undoStack; }
    bool isModified() const { return !m_undoStack.isClean() || (!m_draft.isEmpty() && !m_isDraftAside); }
    /// The recipe differs from its file, whatever is still being typed.
    bool isRecipeModified() const { return !m_undoStack.isClean(); }
    /// Where the recipe was loaded from or saved to last; empty if nowhere yet.
    const QString& recipeFile() const { return m_recipeFile; }
    /// As it was loaded or saved last; before that, what the model began with.
    const quant::Recipe& savedRecipe() const { return m_savedRecipe; }
    /// A recipe being typed that is none yet, or does not fit the model; empty where there is none. Sessions keep it.
    const QString& draft() const { return m_draft; }
    /// `isAside`: another edit came between, and the draft can be taken up again.
    void setDraft(const QString& text, bool isAside = false);
    /// Formats that the recipe uses somewhere, without plain fp32, each once.
    std::vector<quant::Format> formatsInUse() const;

    /// Starts anew with this model, a w8a8 recipe and no measurements.
    void setModel(ldm::ModelInfo model);
    /// The recipe of a session in place of the first one; there is nothing to undo before it. If it does not fit the
    /// model it becomes the draft, and the reason is returned.
    jobs::Result<jobs::Done> restoreRecipe(const quant::Recipe& recipe, const QString& file, bool isModified);

    // Edits, one undo step each; none if nothing would change. A failure changes nothing.
    jobs::Result<jobs::Done> setBlockFormat(const commands::BlockFormatChange& change);
    jobs::Result<jobs::Done> setDefaultFormat(quant::Format format);
    jobs::Result<jobs::Done> clearRules();
    jobs::Result<jobs::Done> replaceRecipe(quant::Recipe recipe);
    /// Any other edit; `text` says what was done.
    jobs::Result<jobs::Done> editRecipe(const QString& text, quant::Recipe recipe);

    /// Blocks whose format no search may choose, in the order of the model.
    const std::vector<analysis::Lock>& locks() const { return m_locks; }
    /// Locks blocks at their present format. Fails, locking none, if one of them has no single format. As are the two
    /// others, one undo step, or none where nothing changes.
    jobs::Result<jobs::Done> lockBlocks(const std::vector<std::string>& blocks);
    void unlockBlocks(const std::vector<std::string>& blocks);
    /// Those of them that are blocks or layers of the model.
    void restoreLocks(const std::vector<analysis::Lock>& locks);
    /// Fails if the model has no such block or layer.
    jobs::Result<jobs::Done> replaceLocks(std::vector<analysis::Lock> locks);

    /// What recipes were measured to have; kept with the model.
    Measurements& measurements() { return m_measurements; }
    const Measurements& measurements() const { return m_measurements; }
    /// The end-to-end SQNR of the present recipe as measured with the inputs of the present maps.
    std::optional<double> measuredDb() const { return m_measurements.find(m_recipe, m_analysis.settings); }

    /// How fast the model's layers are on this machine, once that was measured; kept with the model.
    const std::optional<analysis::Latency>& latency() const { return m_latency; }
    void setLatency(analysis::Latency latency);
    /// Of one UNet run under the present recipe; nothing where that was not measured.
    std::optional<double> stepSeconds() const;

    /// Recipes and analyses to compare with; both belong to the model and go with it.
    RecipeShelf& recipeShelf() { return m_recipeShelf; }
    AnalysisShelf& analysisShelf() { return m_analysisShelf; }
    const RecipeShelf& recipeShelf() const { return m_recipeShelf; }
    const AnalysisShelf& analysisShelf() const { return m_analysisShelf; }

    jobs::Result<jobs::Done> openRecipe(const QString& file);
    jobs::Result<jobs::Done> saveRecipe(const QString& file);

    jobs::Result<jobs::Done> openAnalysis(const QString& file);
    jobs::Result<jobs::Done> saveAnalysis(const QString& file) const;
    /// Adds maps to those that are there. If they were measured in another way, those that are there are set aside, and
    /// the ones like them brought back.
    void addAnalysis(const analysis::Analysis& analysis);
    /// Brings back the maps measured with these inputs, none if there are none; metrics and formats say nothing. Those
    /// that are there are set aside.
    void switchAnalysis(const analysis::AnalysisSettings& inputs);
    /// Brings back the maps that were set aside longest ago; false if there are none.
    bool bringBackAnalysis();
    void clearAnalysis();
    /// Analyses measured in other ways than the present one.
    const std::vector<analysis::Analysis>& otherAnalyses() const { return m_setAside.all(); }
    void restoreOtherAnalyses(const std::vector<analysis::Analysis>& analyses);
    void setRow(const analysis::RowMeasured& row);

Q_SIGNALS:
    void modelChanged();
    void recipeChanged();
    void locksChanged();
    /// Several maps have changed or appeared.
    void analysisChanged();
    void rowChanged(const analysis::RowMeasured& row);
    void latencyChanged();
    void draftChanged();
    void predictionChanged();
    /// The title of the window may have changed: modified state or file.
    void stateChanged();

private:
    using Edit = std::unique_ptr<commands::RecipeEdit>;
    template <class MakeEdit> jobs::Result<jobs::Done> push(MakeEdit&& makeEdit);
    void pushLocks(const QString& text, std::vector<analysis::Lock> locks);
    commands::ApplyRecipe applier();
    void apply(const quant::Recipe& recipe);
    void useAnalysis(analysis::Analysis analysis);
    void predict();
    const analysis::NoiseModel& noiseModel();

    ldm::ModelInfo m_model;
    quant::Recipe m_recipe;
    quant::Recipe m_savedRecipe;
    quant::Plan m_plan;
    quant::Cost m_cost;
    analysis::Prediction m_prediction;
    std::vector<analysis::Lock> m_locks;
    analysis::Analysis m_analysis;
    SetAside m_setAside;
    std::optional<analysis::NoiseModel>
        m_noise; ///< of the present maps, in use for m_noiseFormats; nothing: to be made anew
    std::vector<quant::Format> m_noiseFormats;
    Measurements m_measurements;
    std::optional<analysis::Latency> m_latency;
    QString m_recipeFile;
    QString m_draft;
    bool m_isDraftAside = false;
    RecipeShelf m_recipeShelf;
    AnalysisShelf m_analysisShelf;
    QUndoStack m_undoStack;
};

} // namespace app::session
