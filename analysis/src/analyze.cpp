#include <analysis/analyze.h>

#include "accumulated.h"
#include "blockmaps.h"
#include "layout.h"

#include <ldm/error.h>
#include <ldm/memory.h>

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <set>

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
    require(!settings.metrics.empty(), "An analysis needs a metric; name local, output or accumulated.");
    require(!settings.formats.empty(), "An analysis needs a format to measure; name one, such as w8a8.");
    require(!settings.prompts.empty(), "An analysis needs a prompt; give at least one.");
    require(!repeats(settings.metrics), "A metric is named twice; name each once.");
    require(!repeats(settings.formats), "A format is named twice; name each once.");
    require(std::find(settings.formats.begin(), settings.formats.end(), quant::Format{}) == settings.formats.end(),
            "fp32 is full precision itself and has no error to measure; name other formats.");
    require(settings.calibration == "first" || settings.calibration == "all",
            "'" + settings.calibration + "' is no choice of calibration steps; use first or all.");
}

std::vector<BlockRow> blockRows(const ldm::ModelInfo& model) {
    std::vector<BlockRow> rows;
    for (const auto& block : model.blocks) {
        auto& row = rows.emplace_back(BlockRow{block.id, {}, block.parameters});
        for (const int layer : block.layers) row.layers.push_back(model.layers[std::size_t(layer)].name);
    }
    return rows;
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

void measure(ldm::Networks& networks, Analysis& analysis, std::stop_token stop, const ldm::ProgressSink& progress,
             const RowSink& rows, MemoryBudget memory) {
    const c10::InferenceMode inference;
    auto& seconds = analysis.timingSeconds;
    Ledger ledger(analysis, rows);
    Meter meter(progress);
    const auto blocks = blockUnits(ledger);
    const auto accumulated = accumulatedUnits(ledger);
    meter.expect(recordingUnits(analysis) + blocks + accumulated);
    if (blocks == 0) memory.stateBytes = 0; // nobody would look at the states
    std::optional<Recordings> recordings;
    {
        const Stopwatch watch(seconds["trajectory"]);
        recordings = record(networks, analysis.settings, memory, stop, meter);
    }
    if (!recordings) return;
    if (blocks > 0) {
        const Stopwatch watch(seconds["blocks"]);
        if (!measureBlocks(networks, *recordings, ledger, stop, meter)) return;
    }
    if (accumulated > 0) {
        const Stopwatch watch(seconds["accumulated"]);
        measureAccumulated(networks, *recordings, ledger, stop, meter);
    }
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
    analysis.blocks = blockRows(model.info());
    analysis.timesteps = ldm::timestepsFor(model.networks(), sampling);
    require(analysis.timesteps.front() < kTrainingTimesteps,
            "The model counts more than 1000 training timesteps, which an analysis cannot describe.");
    layOut(analysis);
    return analysis;
}

Analysis analyze(const ldm::Model& model, Analysis start, std::stop_token stop, const ldm::ProgressSink& progress,
                 const RowSink& rows, const MemoryBudget& memory) {
    require(canResume(start, model, start.settings),
            "The analysis was made for another model or another version of it; start a new one.");
    if (start.complete()) return start;
    ldm::requireMemory(model.info(), ldm::Task::Analyze, start.settings.width, start.settings.height);
    try {
        measure(model.networks(), start, stop, progress, rows, memory);
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
    const Analysis fresh = planned(model, settings);
    return partial.model == fresh.model && partial.settings == fresh.settings && partial.blocks == fresh.blocks &&
           partial.timesteps == fresh.timesteps;
}

} // namespace analysis
