#pragma once

#include <analysis/flo.h>

#include <ATen/core/Tensor.h>

namespace analysis::flo {

/// Settings for samples of a few dimensions: a small network, so that an estimate takes a second.
Training trainingForSamples();

/// The information between x [n, dx] and y [n, dy], whose rows belong together. Columns are standardised, three
/// quarters of the rows train and the others test. Nothing when stopped. Throws BadInput where no number would mean
/// anything: rows that do not match, fewer rows than columns or than candidates need, values that are not finite,
/// columns that are constant. Otherwise as for CorrelatedNormals.
std::optional<Estimate> estimate(const at::Tensor& x, const at::Tensor& y, const Training& training,
                                 const std::stop_token& stop = {}, const ldm::ProgressSink& progress = {});

} // namespace analysis::flo
