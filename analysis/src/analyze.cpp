#include <analysis/analyze.h>
#include <analysis/merge.h>

#include "accumulated.h"
#include "finalmaps.h"
#include "informationmaps.h"
#include "layerlocal.h"
#include "layout.h"
#include "ranges.h"
#include "rowmaps.h"
#include "uniformruns.h"
#include "weightmaps.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/memory.h>

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>

namespace analysis {

namespace {

template <typename Value> bool repeats(std::vector<Value> values) {
    std::sort(values.begin(), values.end());
    return std::adjacent_find(values.begin(), values.end()) != values.end();
}

void require(bool holds, const std::string& sentence) {
    if (!holds) throw ldm::badInput(sentence);
}

void checkChoices(const AnalysisSettings& settings) {
    require(!settings.metrics.empty(),
            "An analysis needs a metric; name weights, local, output, others, accumulated, final or "
            "information.");
    require(!settings.formats.empty(), "An analysis needs a format to measure; name one, such as w8a8.");
    require(!settings.prompts.empty(), "An analysis needs a prompt; give at least one.");
    require(!repeats(settings.metrics), "A metric is named twice; name each once.");
    require(!repeats(settings.formats), "A format is named twice; name each once.");
    require(std::find(settings.formats.begin(), settings.formats.end(), quant::Format{}) == settings.formats.end(),
            "fp32 is full precision itself and has no error to measure; name other formats.");
    require(settings.calibration == "first" || settings.calibration == "all",
            "'" + settings.calibration + "' is no choice of calibration steps; use first or all.");
}

/// What latents come from, whatever the file is called.
std::string hashOf(const std::filesystem::path& latents) {
    if (latents.empty()) return {};
    std::ifstream file(latents, std::ios::binary);
    ldm::Sha256 hash;
    std::string piece(std::size_t{1} << 20, '\0');
    while (file.read(piece.data(), std::streamsize(piece.size())) || file.gcount() > 0)
        hash.add(std::string_view(piece).substr(0, std::size_t(file.gcount())));
    require(file.is_open() && file.eof(),
            "cannot read '" + latents.string() + "'; give a safetensors file of latents.");
    return "sha256:" + hash.hex();
}

/// Adds the seconds until its end to a stage's time.
class Stopwatch {
public:
    explicit Stopwatch(double& seconds) : m_seconds(seconds) {}
    ~Stopwatch() { m_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count(); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

private:
    double& m_seconds;
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

/// Altered weights kept while rows are measured one after the other, and while whole networks are.
constexpr std::int64_t kRowBytes = std::int64_t{32} << 20;
constexpr std::int64_t kNetworkBytes = ldm::kKeptWeightBytes;

/// The first look has this many columns.
constexpr std::size_t kCoarseColumns = 5;

/// Metrics whose columns are measured independently, the cheapest first.
constexpr std::array kSweptMetrics{Metric::Local, Metric::Output, Metric::Others, Metric::Information};

/// Every k-th column, or all the others.
ColumnList everyKth(const ColumnList& all, bool others) {
    const std::size_t k = (all.size() + kCoarseColumns - 1) / kCoarseColumns;
    ColumnList some;
    for (std::size_t i = 0; i < all.size(); ++i)
        if ((i % k == 0) != others) some.push_back(all[i]);
    return some;
}

/// One analysis: coarse first, cheap first. What runs together depends on the settings alone, not on what is missing,
/// so that a resumed analysis ends with the same numbers.
class Measurement {
public:
    Measurement(Work& work, std::map<std::string, double>& seconds) : m_work(work), m_seconds(seconds) {}
    /// Of work, as reported to the meter.
    std::int64_t units() const;
    void run(const MemoryBudget& memory);

private:
    bool isWanted(Metric metric) const { return m_work.missingUnits(metric) > 0; }
    bool needsTrajectory() const;
    std::int64_t uniformRuns() const { return std::int64_t(missingUniform(m_work.ledger.analysis()).size()); }
    std::optional<Recordings> recorded(MemoryBudget memory);
    bool sweep(const Recordings& recordings, Variants& variants, const ColumnList& columns);
    template <typename Measure> bool timed(Metric metric, const Measure& measure) {
        if (!isWanted(metric)) return true;
        const Stopwatch watch(m_seconds[std::string(nameOf(metric))]);
        return measure();
    }

    Work& m_work;
    std::map<std::string, double>& m_seconds;
};

bool Measurement::needsTrajectory() const {
    return std::any_of(kSweptMetrics.begin(), kSweptMetrics.end(),
                       [this](Metric metric) { return isWanted(metric); }) ||
           isWanted(Metric::Accumulated) || isWanted(Metric::Final) || uniformRuns() > 0;
}

std::int64_t Measurement::units() const {
    std::int64_t total = needsTrajectory() ? m_work.trajectoryUnits() : 0;
    for (const Metric metric : m_work.ledger.analysis().settings.metrics) total += m_work.missingUnits(metric);
    return total + uniformRuns() * m_work.trajectoryUnits();
}

std::optional<Recordings> Measurement::recorded(MemoryBudget memory) {
    const bool looksAtStates = isWanted(Metric::Output) || (isWanted(Metric::Local) && m_work.level() == Level::Block);
    if (!looksAtStates && !isWanted(Metric::Others) && !isWanted(Metric::Information)) memory.stateBytes = 0;
    const Stopwatch watch(m_seconds["trajectory"]);
    return record(m_work, memory);
}

/// False when stopped.
bool Measurement::sweep(const Recordings& recordings, Variants& variants, const ColumnList& columns) {
    return std::all_of(kSweptMetrics.begin(), kSweptMetrics.end(), [&](Metric metric) {
        return timed(metric, [&] {
            if (metric == Metric::Information) return measureInformation(m_work, recordings, variants, columns);
            const bool oneRun = metric == Metric::Local && m_work.level() == Level::Layer;
            return oneRun ? measureLayersLocally(m_work, recordings, variants, columns)
                          : measureRows(m_work, recordings, variants, metric, columns);
        });
    });
}

void Measurement::run(const MemoryBudget& memory) {
    if (!timed(Metric::Weights, [&] { return measureWeights(m_work); }) || !needsTrajectory()) return;
    const auto recordings = recorded(memory);
    if (!recordings) return;
    m_work.ledger.note(recordings->activations);
    const auto calibration = calibrationOf(recordings->activations, m_work.ledger.analysis().settings.calibration);
    const auto swept = [&](bool others) {
        Variants variants(m_work.networks, calibration, kRowBytes);
        return sweep(*recordings, variants, everyKth(m_work.ledger.allColumns(), others));
    };
    const auto followed = [&](Metric metric, auto measureAlong) {
        return timed(metric, [&] {
            Variants variants(m_work.networks, calibration, kNetworkBytes);
            return measureAlong(m_work, *recordings, variants);
        });
    };
    if (!swept(false) || !followed(Metric::Accumulated, measureAccumulated)) return;
    if (!swept(true) || !followed(Metric::Final, measureFinal) || uniformRuns() == 0) return;
    const Stopwatch watch(m_seconds["uniform"]);
    Variants variants(m_work.networks, calibration, kNetworkBytes);
    measureUniform(m_work, *recordings, variants);
}

void measure(ldm::Networks& networks, Analysis& analysis, std::stop_token stop, const ldm::ProgressSink& progress,
             const RowSink& rows, const MemoryBudget& memory, SharedFolder* shared) {
    const c10::InferenceMode inference;
    Ledger ledger(analysis, rows);
    Meter meter(progress);
    Work work(networks, ledger, meter, std::move(stop), shared);
    Measurement measurement(work, analysis.timingSeconds);
    meter.expect(measurement.units());
    measurement.run(memory);
}

} // namespace

Analysis planned(const ldm::Model& model, const AnalysisSettings& settings) {
    checkChoices(settings);
    Analysis analysis;
    analysis.model = {model.info().name, model.info().fingerprint};
    analysis.settings = settings;
    const auto sampling = ldm::checked(samplingOf(settings, 0), model.info());
    analysis.settings.width = sampling.width;
    analysis.settings.height = sampling.height;
    analysis.settings.scheduler = sampling.scheduler;
    analysis.settings.latentsHash = hashOf(settings.latents);
    analysis.blocks = blockRowsOf(model.info(), settings.level);
    analysis.timesteps = ldm::timestepsFor(model.networks(), sampling);
    require(analysis.timesteps.front() < kTrainingTimesteps,
            "The model counts more than 1000 training timesteps, which an analysis cannot describe.");
    layOut(analysis);
    return analysis;
}

Analysis analyze(const ldm::Model& model, Analysis start, std::stop_token stop, const ldm::ProgressSink& progress,
                 const RowSink& rows, const MemoryBudget& memory, SharedFolder* shared) {
    require(canResume(start, model, start.settings),
            "The analysis was made for another model or another version of it; start a new one.");
    if (start.complete()) return start;
    const auto& metrics = start.settings.metrics;
    if (std::any_of(metrics.begin(), metrics.end(), [](Metric metric) { return metric != Metric::Weights; }))
        ldm::requireMemory(model.info(), ldm::Task::Analyze, start.settings.width, start.settings.height);
    try {
        measure(model.networks(), start, stop, progress, rows, memory, shared);
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        if (what.find("memory") != std::string::npos)
            throw ldm::Error(ldm::ErrorKind::OutOfMemory,
                             "The analysis does not fit into memory; choose a smaller picture or fewer prompts.");
        throw ldm::Error(ldm::ErrorKind::Failed, "The analysis failed in a tensor operation: " + what);
    } catch (const std::bad_alloc&) {
        throw ldm::Error(ldm::ErrorKind::OutOfMemory,
                         "The analysis does not fit into memory; choose a smaller picture or fewer prompts.");
    }
    return start;
}

bool canResume(const Analysis& partial, const ldm::Model& model, const AnalysisSettings& settings) {
    return sameInputs(partial, planned(model, settings));
}

Analysis continued(Analysis partial, const ldm::Model& model, const AnalysisSettings& settings) {
    const Analysis asked = withKnownValues(planned(model, settings), partial);
    std::erase_if(partial.maps, [](const SqnrMap& map) {
        return std::all_of(map.grid.db.begin(), map.grid.db.end(), [](double db) { return std::isnan(db); });
    });
    return merged(std::move(partial), asked);
}

} // namespace analysis
