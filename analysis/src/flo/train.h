#pragma once

#include "critic.h"

#include <ATen/core/Generator.h>

#include <functional>

namespace analysis::flo {

/// Where the pairs come from, a batch at a time.
struct Source {
    std::int64_t dx = 0;
    std::int64_t dy = 0;
    std::function<Pairs()> train;
    std::vector<Pairs> test; ///< never trained on
};

/// Throws BadInput for settings out of range.
void check(const Training& training);

/// Trains a critic in float32 and asks it about the test batches. Nothing when stopped.
std::optional<Estimate> train(const Training& training, const Source& source, at::Generator& random,
                              const std::stop_token& stop, const ldm::ProgressSink& progress);

} // namespace analysis::flo
