#pragma once

#include "work.h"

#include <ldm/denoise.h>

#include <optional>

namespace analysis {

/// The UNet on its way through one step: states before every stage, then the one after the last.
using Walk = std::vector<ldm::UNetState>;
/// Nothing when stopped.
std::optional<Walk> walk(const ldm::UNet& unet, ldm::Arithmetic& arithmetic, ldm::UNetState state,
                         const std::stop_token& stop);

/// Runs `work` with the arithmetic; false when stopped.
template <typename Work> bool runs(ldm::Arithmetic& arithmetic, const std::stop_token& stop, const Work& work) {
    return ldm::StoppableArithmetic::unlessStopped(arithmetic, stop,
                                                   [&](ldm::Arithmetic& running) {
                                                       work(running);
                                                       return true;
                                                   })
        .has_value();
}

/// The full-precision trajectories of some prompts.
struct Recording {
    ldm::Conditioning conditioning;
    std::vector<ldm::UNetState> starts;            ///< before the UNet's first block, by run
    std::vector<Walk> walks;                       ///< by run; empty where they do not fit into memory
    std::vector<at::Tensor> noises;                ///< predicted, by run
    at::Tensor result;                             ///< latents [P, C, h, w] after the last run
    std::shared_ptr<ldm::KeyValueCache> keyValues; ///< full-precision ones of the prompts, for every run

    std::int64_t prompts() const { return conditioning.prompts(); }
    /// Samples of one run: both guidance halves.
    std::int64_t rows() const { return conditioning.condition.context.size(0); }
};

/// What every measurement starts from. Prompts are recorded in groups that fit into memory together.
struct Recordings {
    std::vector<Recording> groups; ///< in the order of the prompts
    ActivationRanges activations;
    std::int64_t samplesAtOnce = 1; ///< how many samples may pass through the UNet together
    int stepsInMemory = 1;          ///< how many walks of a group may be held at once
};

/// Runs the trajectories of all prompts in full precision and keeps their walks where all of them fit into memory.
/// Activations that are not finite throw as ldm::refuseNotFinite() does, naming layer and timestep. Nothing when
/// stopped.
std::optional<Recordings> record(Work& work, const MemoryBudget& memory);

/// Adds the errors of one step, or of all that have the same, sample by sample in the order of the prompts, so that
/// sums do not depend on how samples were batched. y and yq [rows, ...], of one or both guidance halves.
void addErrors(Ledger& ledger, Metric metric, quant::Format format, int row, const ColumnList& columns,
               const Recording& recording, const at::Tensor& y, const at::Tensor& yq);

/// The settings of one prompt's picture.
ldm::GenerateSettings samplingOf(const AnalysisSettings& settings, std::size_t prompt);

} // namespace analysis
