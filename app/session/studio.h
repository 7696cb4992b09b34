#pragma once

#include <app/jobs/engine.h>
#include <app/session/sessionfile.h>
#include <app/session/settings.h>
#include <app/session/studiodocument.h>

#include <QObject>

#include <optional>
#include <set>

namespace app::session {

/// Formats that are remembered under a key; its fallback where they cannot be read.
std::vector<quant::Format> rememberedFormats(const Settings& settings, const Setting<QString>& key);

/// Connects document and engine: decides what is computed next. An edit of the recipe asks for a preview and for the
/// maps that its prediction needs; opening a model asks for its first maps and its first pictures. Knows no widget. GUI
/// thread.
class Studio : public QObject {
    Q_OBJECT
public:
    explicit Studio(Settings& settings, QObject* parent = nullptr);
    ~Studio() override;

    StudioDocument& document() { return m_document; }
    const StudioDocument& document() const { return m_document; }
    jobs::Engine& engine() { return m_engine; }
    Settings& settings() { return m_settings; }

    const ldm::GenerateSettings& sampling() const { return m_sampling; }
    /// Asks for pictures too if that is to happen by itself.
    void setSampling(const ldm::GenerateSettings& sampling);
    /// The same while it is still being typed: pictures come with the next setSampling().
    void typeSampling(const ldm::GenerateSettings& sampling);
    /// What is being typed counts as entered from now on; typingEnds() tells those who keep it.
    void endTyping() { Q_EMIT typingEnds(); }
    bool isPreviewAutomatic() const { return m_settings.value(kAutomaticPreview); }
    void setPreviewAutomatic(bool automatic);
    /// Formats measured for every model.
    const std::vector<quant::Format>& standardFormats() const { return m_standardFormats; }

    /// A model folder, the name of an embedded model, a recipe or an analysis. Opens the model of the latter two first
    /// where it is known.
    void open(const QString& path);
    /// A model with LoRAs, lent parts, or on another device.
    void openModel(const ldm::OpenRequest& request);

    /// All present work but the look of the window.
    Session session() const;
    /// Opens the session's model and puts its work in place; restored() tells, or failed(). A model that is not the one
    /// the session was saved with is asked about by modelDiffers(); nothing is open until the answer.
    void restore(const Session& session);
    /// The session that waits for its model is not wanted any more; the model opens without it.
    void forgetRestoring();
    /// The answer to modelDiffers(): goes on with this session, which must be adaptedTo() the model.
    void goOnWith(const Session& session);
    /// The other answer, and how a new session begins: no model is open.
    void closeModel();
    /// How the present model was opened; what open() is given a path for uses its device and precision.
    const ldm::OpenRequest& request() const { return m_request; }
    void setCompute(const ldm::Compute& compute) { m_request.compute = compute; }
    void requestPreview();
    /// Measures these maps as far as they are not there already; after a stop, when measuring is resumed.
    void requestMaps(const std::set<MapKey>& keys);
    /// Prompt, seed and sampler of the maps; metrics and formats say nothing.
    const analysis::AnalysisSettings& inputs() const { return m_inputs; }
    /// What a row of the maps stands for.
    analysis::Level level() const { return m_inputs.level; }
    /// Shows the maps of the other level, and measures what is missing there.
    void setLevel(analysis::Level level);
    /// Shows the maps for the present prompt, seed, steps and guidance, and measures what is missing there.
    void measureAgain();
    /// Shows maps again that were measured in another way; one after the other, by turns.
    void bringBackMaps();
    /// Goes on with whatever is missing after a stop.
    void resume();
    /// Measures the present recipe end to end, with the inputs of the maps; StudioDocument::measuredDb() then tells.
    void measureRecipe();
    /// Times every layer in the formats of maps, recipe and search; StudioDocument::latency() then tells.
    void measureSpeed();
    /// Calibrates with the present sampling.
    void exportRecipe(quant::ExportRequest target);
    /// Compares an export with the present model; verified() of the engine tells. Graphs run with the present sampling.
    void verifyExport(quant::VerifyRequest request);
    void stop();

    /// Shows the failure of an edit or a file to the user.
    void report(const jobs::Result<jobs::Done>& result);

Q_SIGNALS:
    void modelOpened(const QString& path);
    /// All that a session holds is in place but its look.
    void restored(const app::session::Session& session);
    void modelDiffers(const app::session::Session& session, const ldm::ModelInfo& model);
    void samplingChanged();
    void typingEnds();
    void previewRequested();
    void failed(const app::jobs::Failure& failure);
    void noted(const QString& sentence);

private:
    void connectEngine();
    void openFile(const QString& file);
    void openModelFor(const QString& file);
    void followSetting(const QString& key);
    void beginModel(const ldm::ModelInfo& model);
    void beginWork(const std::optional<Session>& session);
    void putInPlace(const Session& session);
    void forgetPresent();
    void afterEdit();
    void afterJob(jobs::JobKind kind, jobs::Outcome outcome);
    void afterFailure(jobs::JobKind kind, const jobs::Failure& failure);
    void tellAboutExport(const jobs::ExportOrder& order, const quant::ExportReport& report);
    ldm::GenerateSettings samplingOfFiles() const;
    std::vector<MapKey> missingMaps() const;
    void measureMissing();
    void leaveMaps();
    void takeInputsFromSampling();

    Settings& m_settings;
    std::vector<quant::Format> m_standardFormats;
    StudioDocument m_document;
    ldm::GenerateSettings m_sampling;
    analysis::AnalysisSettings m_inputs;    ///< prompt, seed, steps of all maps; metrics and formats unused
    std::set<MapKey> m_requestedMaps;       ///< beyond those that predictions need
    std::set<MapKey> m_measuring;           ///< what the engine is working on
    ldm::OpenRequest m_request;             ///< of the present model
    ldm::OpenRequest m_opening;             ///< of the model being opened
    QStringList m_filesToOpen;              ///< recipes and analyses that wait for their model
    std::optional<Session> m_restoring;     ///< waits for its model
    std::optional<ldm::ModelInfo> m_unlike; ///< the model that differs, until it is decided what becomes of it
    bool m_stopped = false;                 ///< by the user or a failure: no map is measured until one is asked for
    bool m_isSamplingNew = false;           ///< no pictures were asked for with it yet
    bool m_firstPreviewDue = false;         ///< pictures follow once the first maps are there
    jobs::Engine m_engine;                  ///< last: stops before the document goes
};

} // namespace app::session
