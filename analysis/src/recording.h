#pragma once

#include "ledger.h"

#include <ldm/denoise.h>

#include <quant/simulated.h>

#include <optional>

namespace analysis {

/// The inputs of the UNet along the full-precision trajectories of some prompts.
struct Recording {
    ldm::Conditioning conditioning;
    std::vector<at::Tensor> inputs;                ///< by step: [rows, C, h, w]
    std::shared_ptr<ldm::KeyValueCache> keyValues; ///< full-precision ones of the prompts, for every step

    std::int64_t prompts() const { return conditioning.noise.size(0); }
    std::int64_t rows() const { return conditioning.context.size(0); } ///< samples of one step: both guidance halves
};

/// What every measurement starts from. Prompts are recorded in groups that fit into memory together.
struct Recordings {
    std::vector<Recording> groups; ///< in the order of the prompts
    quant::Calibration calibration;
};

/// Runs the trajectories of all prompts in full precision. Nothing when stopped.
std::optional<Recordings> record(ldm::Networks& networks, const AnalysisSettings& settings, std::stop_token stop,
                                 Meter& meter);
/// Units of work record() will report.
std::int64_t recordingUnits(const ldm::Networks& networks, const AnalysisSettings& settings);

/// How many samples may pass through the UNet together.
std::int64_t samplesAtOnce(const ldm::ModelInfo& model, const AnalysisSettings& settings);

/// The model's full precision, altered: quantized to a format, or, for fp32, added up in another order. Weights it has
/// made live as long as it does.
std::unique_ptr<ldm::Arithmetic> variant(ldm::Networks& networks, const quant::Calibration& calibration,
                                         quant::Format format);

/// Adds the errors of a batch, step by step and sample by sample in the order of the prompts, so that sums do not
/// depend on how samples were batched. y and yq [steps * rows, ...], steps first.
void addErrors(Ledger& ledger, Metric metric, quant::Format format, int row, int firstStep, const Recording& recording,
               const at::Tensor& y, const at::Tensor& yq);

/// The settings of one prompt's picture.
ldm::GenerateSettings samplingOf(const AnalysisSettings& settings, std::size_t prompt);

} // namespace analysis
