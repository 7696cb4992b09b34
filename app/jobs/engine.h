#pragma once

#include <app/jobs/workbench.h>

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
    void preview(PreviewRequest request);
    void exportModel(ExportOrder order);
    /// Looks for a recipe and measures it; see analysis::searchMeasured.
    void search(SearchOrder order);
    /// Nothing of the present search counts any more.
    void discardSearch() { m_thread.discard(JobKind::Search); }

    void stop() { m_thread.stopAll(); }
    bool isBusy() const { return m_thread.isBusy(); }
    bool isBusy(JobKind kind) const { return m_thread.isBusy(kind); }

Q_SIGNALS:
    void modelOpened(const ldm::ModelInfo& model);
    /// The maps of the analysis that begins, with the values known before.
    void analysisPlanned(const analysis::Analysis& start);
    void rowMeasured(const analysis::RowMeasured& row);
    /// All that the analysis measured; partial if it was stopped.
    void analysisMade(const analysis::Analysis& result);
    /// The picture that is being made, one pixel per latent position, after each UNet run.
    void fullPreviewed(const ldm::Image& coarse);
    void quantizedPreviewed(const ldm::Image& coarse);
    /// Something about the pictures that the user should know, such as a prompt that was cut.
    void noticed(const QString& sentence);
    void fullPictureMade(const ldm::Image& image, const ldm::GenerateSettings& sampling);
    void quantizedPictureMade(const ldm::Image& image, const analysis::ImageMetrics& metrics);
    void exported(const quant::ExportReport& report);
    /// The best recipe so far, measured where measuredDb says so; the last one is the answer.
    void recipeFound(const analysis::SearchResult& result);

    void busyChanged(bool busy);
    void progressed(app::jobs::JobKind kind, const ldm::Progress& progress);
    void ended(app::jobs::JobKind kind, app::jobs::Outcome outcome);
    void failed(app::jobs::JobKind kind, const app::jobs::Failure& failure);

private:
    Outcome makePreview(const PreviewRequest& request, const JobContext& context);
    Outcome measure(const AnalyzeRequest& request, analysis::Analysis& present, const JobContext& context);
    Outcome find(const SearchOrder& order, MeasuredRecipes& known, const JobContext& context);

    Workbench m_workbench; ///< touched by the engine thread only
    EngineThread m_thread; ///< last: ends before the workbench does
};

} // namespace app::jobs
