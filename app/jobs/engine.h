#pragma once

#include <app/jobs/workbench.h>
#include <app/report/report.h>

#include <QObject>

namespace app::jobs {

/// All model work of the studio, done one job after another on the engine thread. Requests return at once; results
/// arrive as signals on the thread that made the object, and only those of the newest request of a kind.
class Engine : public QObject {
    Q_OBJECT
public:
    explicit Engine(QObject* parent = nullptr);
    ~Engine() override;

    /// A model that cannot be opened leaves the present one open.
    void open(ldm::OpenRequest request);
    void analyze(AnalyzeRequest request);
    /// A request that differs in nothing but the recipe from one whose full-precision picture is in the making joins
    /// it.
    void preview(PreviewRequest request);
    /// Pictures of every prompt under every recipe, each delivered when it is made.
    void makeGrid(analysis::CompareRequest request);
    /// Writes the finished prompts of the latest grid: sheet, pictures and metrics.
    void exportGrid(const QString& folder, bool overwrite);
    void exportModel(ExportOrder order);
    /// Compares an export with the present model.
    void verify(VerifyOrder order);
    /// Writes *.html or *.pdf.
    void writeReport(report::Report report, const QString& file);
    void measure(MeasureOrder order);
    /// Times every layer; see analysis::measureLatency.
    void measureSpeed(SpeedOrder order);
    /// Looks into a block or layer: its weights, then its inputs.
    void inspect(InspectOrder order);
    /// Nothing of the present analysis counts any more.
    void discardAnalysis() { m_thread.discard(JobKind::Analyze); }
    /// Looks for a recipe and measures it; see analysis::searchMeasured.
    void search(SearchOrder order);
    /// Nothing of the present search counts any more.
    void discardSearch() { m_thread.discard(JobKind::Search); }

    /// Ends everything; nothing of it counts any more.
    void discardAll();

    void stop() { m_thread.stopAll(); }
    // Single jobs, by number.
    void cancel(quint64 number) { m_thread.cancel(number); }
    void pause(quint64 number) { m_thread.pause(number); }
    void resume(quint64 number) { m_thread.resume(number); }
    /// Stopped at once, in the middle of a run of the UNet.
    void stopPreview() { m_thread.stop(JobKind::Preview); }
    void stopGrid() { m_thread.stop(JobKind::Pictures); }
    /// Pictures end when the one in the making is made.
    void stopAfterPicture();
    bool isBusy() const { return m_thread.isBusy(); }
    bool isBusy(JobKind kind) const { return m_thread.isBusy(kind); }

Q_SIGNALS:
    void modelOpened(const ldm::ModelInfo& model);
    /// The maps of the analysis that begins, with the values known before.
    void analysisPlanned(const analysis::Analysis& start);
    void rowMeasured(const analysis::RowMeasured& row);
    /// All that the analysis measured; partial if it was stopped.
    void analysisMade(const analysis::Analysis& result);
    /// The picture that is being made, after each run of the UNet.
    void fullPreviewed(const app::jobs::StepPicture& step);
    void quantizedPreviewed(const app::jobs::StepPicture& step);
    /// Something about the pictures that the user should know, such as a prompt that was cut.
    void noticed(const QString& sentence);
    void fullPictureMade(const ldm::Image& image, const ldm::GenerateSettings& sampling);
    void quantizedPictureMade(const app::jobs::QuantizedPicture& picture);
    void gridPictureMade(const app::jobs::GridPicture& picture);
    void gridExported(const QString& folder, int prompts);
    void exported(const app::jobs::ExportOrder& order, const quant::ExportReport& report);
    void verified(const app::jobs::VerifyOrder& order, const quant::VerifyReport& report);
    void reportWritten(const QString& file);
    void weightsInspected(const QString& id, const analysis::WeightInspection& found);
    void inputsInspected(const QString& id, const analysis::InputInspection& found);
    void speedMeasured(const analysis::Latency& latency);
    void recipeMeasured(const app::jobs::MeasureOrder& order, double db);
    /// The best recipe so far, measured where measuredDb says so; the last one is the answer.
    void recipeFound(const analysis::SearchResult& result);

    // Every job with its number, stale ones too; see EngineThread.
    void jobSubmitted(quint64 number, app::jobs::JobKind kind, const app::jobs::JobDescription& description);
    void jobDescribed(quint64 number, const app::jobs::JobDescription& description);
    void jobChanged(quint64 number, app::jobs::JobState state, const QString& sentence);
    void jobProgressed(quint64 number, const ldm::Progress& progress);

    void busyChanged(bool busy);
    void progressed(app::jobs::JobKind kind, const ldm::Progress& progress);
    void ended(app::jobs::JobKind kind, app::jobs::Outcome outcome);
    void failed(app::jobs::JobKind kind, const app::jobs::Failure& failure);

private:
    struct InspectionTurn;
    Outcome makePreview(PendingPreview& pending, const JobContext& context);
    Outcome makeQuantized(const PreviewRequest& request, const ldm::Image& full, const JobContext& context);
    Outcome fillGrid(const std::stop_token& afterPicture, const JobContext& context);
    Outcome measure(const AnalyzeRequest& request, analysis::Analysis& present, const JobContext& context);
    Outcome lookInto(const InspectOrder& order, InspectionTurn& turn, const JobContext& context);
    Outcome find(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context);

    std::stop_source m_afterPicture;           ///< of the picture jobs submitted so far
    std::shared_ptr<PendingPreview> m_pending; ///< the preview submitted last
    ldm::OpenRequest m_model;                  ///< how the present one was opened
    Workbench m_workbench;                     ///< touched by the engine thread only
    EngineThread m_thread;                     ///< last: ends before the workbench does
};

} // namespace app::jobs
