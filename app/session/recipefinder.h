#pragma once

#include <app/session/studio.h>

#include <analysis/search.h>

#include <QObject>

#include <optional>
#include <vector>

namespace app::session {

/// Lowest and highest value that a target can usefully have.
struct TargetRange {
    double low = 0;
    double high = 0;
    bool operator==(const TargetRange&) const = default;
};

/// The search for a recipe under a target: what is wanted, and the best that the maps know for it. Follows the document
/// by itself. What it rests on takes a while to work out for large models: prepareSoon() does so on a thread of its
/// own, and what is asked for before that is worked out at once. Knows no widget. GUI thread.
class RecipeFinder : public QObject {
    Q_OBJECT
public:
    explicit RecipeFinder(Studio& studio, QObject* parent = nullptr);
    ~RecipeFinder() override;

    // What is wanted. A change makes a measurement that was made or is being made for something else worthless.
    const analysis::SearchTarget& target() const { return m_target; }
    void setTarget(const analysis::SearchTarget& target);
    /// Somebody chose the target; else one is proposed.
    bool hasTarget() const { return m_isTargetChosen && !m_isTargetProposed; }
    /// Another kind of target, with the value that the present result has.
    void setGoal(analysis::Goal goal, analysis::Saving saving);
    const std::vector<quant::Format>& formats() const { return m_formats; }
    void setFormats(std::vector<quant::Format> formats);
    /// The same for this session alone: the formats that are remembered for others stay.
    void useFormats(std::vector<quant::Format> formats);
    bool usesTimeRanges() const { return m_timeRanges; }
    void setTimeRanges(bool use);

    /// Formats worth offering: those of the maps and of the recipe, and those that were chosen.
    std::vector<quant::Format> offeredFormats() const;
    /// True if the map that end-to-end predictions rest on is there.
    bool isMeasured(quant::Format format) const;
    /// Maps of the chosen and the locked formats that are not there.
    std::vector<MapKey> missingMaps() const;
    void measureMissing();

    // What the maps know.
    /// All below can be told without waiting.
    bool isPrepared() const { return m_prepared.has_value(); }
    /// Prepares for the present maps without holding up anybody; changed() tells when it is done.
    void prepareSoon();
    /// Measured if it was. Nothing without a model, maps or a solution; obstacle() then says why.
    const std::optional<analysis::SearchResult>& result();
    /// One sentence; empty while nothing is in the way.
    const QString& obstacle();
    const std::vector<analysis::Tradeoff>& paretoCurve();
    const std::vector<analysis::Tradeoff>& uniform();
    const std::optional<analysis::Tradeoff>& present();
    /// Nothing while there is no curve.
    std::optional<TargetRange> range();
    /// What the slider means and the curve is drawn against.
    analysis::Saving axis() const;

    /// Makes the result the recipe, as one step that can be undone.
    jobs::Result<jobs::Done> apply();
    /// Measures the result end to end and raises precisions until an SQNR target holds, on the engine thread.
    void measureAndRepair();
    bool isSearching() const { return m_isSearching && m_studio.engine().isBusy(jobs::JobKind::Search); }
    /// The measurement ended before all was tried.
    bool wasStopped() const { return m_wasStopped; }

    Studio& studio() { return m_studio; }

Q_SIGNALS:
    /// Anything above may have changed.
    void changed();
    /// Somebody wants something else: target, formats or ranges of time.
    void wishChanged();

private:
    /// What a search is prepared from.
    struct Basis {
        analysis::Analysis analysis;
        ldm::ModelInfo model;
        analysis::SearchSpace space;
        analysis::Saving axis = analysis::Saving::Bytes;
    };
    /// What a search rests on, prepared for one analysis, model and space.
    struct Prepared {
        std::optional<analysis::RecipeSearch> search;
        QString obstacle; ///< why there is no search, or no solution
        std::vector<analysis::Tradeoff> curve = {};
        std::vector<analysis::Tradeoff> uniform = {};
        std::optional<analysis::Tradeoff> present = {};
        std::optional<analysis::SearchResult> found = {};
    };
    static Prepared preparedFrom(const Basis& basis);

    void connectDocument();
    void startAnew();
    void noteFound(const analysis::SearchResult& result);
    void noteEnd(jobs::JobKind kind, jobs::Outcome outcome);
    void noteFailure(jobs::JobKind kind, const jobs::Failure& failure);
    void forgetMeasurement();
    void invalidate();
    void dropPrepared();
    void prepare();
    void takePrepared(Prepared prepared);
    Basis basis() const;
    QString firstObstacle() const;
    void findBest();
    void dropOutdatedMeasurement();
    void proposeTarget();
    std::optional<TargetRange> reachable() const;
    analysis::SearchSpace space() const;

    Studio& m_studio;
    analysis::SearchTarget m_target;
    bool m_isTargetChosen = false; ///< else one is proposed as soon as there is a curve
    bool m_isTargetProposed = false;
    std::vector<quant::Format> m_formats;
    bool m_timeRanges = false;
    std::optional<Prepared> m_prepared;               ///< nothing: to be worked out anew
    std::optional<analysis::SearchResult> m_measured; ///< what the engine found
    quant::Recipe m_measuring;                        ///< what was the best when the engine began
    analysis::AnalysisSettings m_measuringInputs;
    bool m_isSearching = false;
    bool m_wasStopped = false;
    QString m_failure;              ///< of the engine
    bool m_isPreparing = false;     ///< for what holds now; a busy thread may still be at what held before
    jobs::EngineThread m_preparing; ///< last: ends before what it hands its work to
};

} // namespace app::session
