#pragma once

#include <analysis/sharedfolder.h>
#include <analysis/sqnr.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <cstdint>
#include <functional>
#include <stop_token>

namespace analysis {

/// New values of a running analysis: the map's row `row` has changed.
struct RowMeasured {
    Metric metric = Metric::Local;
    quant::Format format; ///< fp32 for the noise floor
    int row = 0;
    std::vector<double> db;          ///< all columns; kNotMeasured where nothing is known yet
    std::vector<double> spread = {}; ///< of shares, see SqnrMap
};
using RowSink = std::function<void(const RowMeasured&)>;

/// Memory an analysis may use beside the model and one run of it. Less makes it slower and changes no number beyond the
/// rounding of float32.
struct MemoryBudget {
    std::int64_t batchBytes = std::int64_t{32} << 20; ///< activations of the steps that run as one batch
    std::int64_t stateBytes = std::int64_t{96} << 20; ///< full-precision states of the steps held at once
};

/// An analysis with rows and timesteps laid out and nothing measured yet. Throws BadInput for unusable settings.
Analysis planned(const ldm::Model& model, const AnalysisSettings& settings);

/// Measures whatever `start` does not hold yet (start from planned(), or from a loaded partial analysis of the same
/// model) and returns it, partial when stopped. Order: weights, which need no data; the full-precision trajectory,
/// which tells the activations; local, output and others at every k-th timestep; accumulated; the timesteps between;
/// final. Information is measured after the decibels of the same timesteps. Activation ranges of quantizers: min-max
/// over settings.calibration steps of all prompts, full precision. Sums are pooled over prompts, both guidance halves
/// and all elements, in double; the result does not depend on what was measured before. Rows are reported as they are
/// refined, on the calling thread. Weights and activations that are not finite throw BadInput or Failed naming tensor,
/// layer or block. With a shared folder the work is shared with the other processes that are in it: the result then
/// holds what this one has measured, see analyzeTogether().
Analysis analyze(const ldm::Model& model, Analysis start, std::stop_token stop = {},
                 const ldm::ProgressSink& progress = {}, const RowSink& rows = {}, const MemoryBudget& memory = {},
                 SharedFolder* shared = nullptr);

/// The same together with the processes in the folder: all return the whole result, equal to the last digit to that of
/// one process with as many threads, or when stopped what all had measured until then. Work that is lost with a process
/// is done by the others.
Analysis analyzeTogether(SharedFolder& shared, const ldm::Model& model, Analysis start, std::stop_token stop = {},
                         const ldm::ProgressSink& progress = {}, const MemoryBudget& memory = {});

/// True if the partial result can be continued with these settings on this model: all is as it was but metrics and
/// formats, and the latents' content.
bool canResume(const Analysis& partial, const ldm::Model& model, const AnalysisSettings& settings);

/// Where to go on from a partial result: its begun maps and those that the settings ask for. Only for what canResume().
Analysis continued(Analysis partial, const ldm::Model& model, const AnalysisSettings& settings);

} // namespace analysis
