#pragma once

#include <analysis/sqnr.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <memory>
#include <optional>
#include <stop_token>

namespace quant {
struct Preparation; // holds tensors: see quant/preparation.h; never named by app or widgets
}

namespace analysis {

/// Which errors of a latent count.
enum class Weighting {
    Even,     ///< all alike
    Salience, ///< each place as much as the full-precision picture is recognised by it: see recognise()
};

/// Measures recipes end to end: SQNR of the latent after the last step, of the recipe's own trajectory against full
/// precision from the same noise, sums pooled over all prompts. Prompts, seeds and sampler are those of an analysis, so
/// that what it predicts and what is measured are the same quantity. One thread at a time.
class EndToEnd {
public:
    EndToEnd(ldm::Model model, AnalysisSettings settings, Weighting weighting = Weighting::Even);
    ~EndToEnd();

    /// Decibels; kExact where nothing differs; nothing when stopped. Full precision runs once, before the first recipe,
    /// and calibrates where needed. A latent that is not finite any more counts as -infinity dB: no signal is left.
    /// Throws BadInput where salience is to count and a picture is not recognised.
    std::optional<double> measure(const quant::Recipe& recipe, std::stop_token stop = {},
                                  const ldm::ProgressSink& progress = {});
    /// The same for a recipe that was made ready elsewhere.
    std::optional<double> measure(quant::Preparation ready, std::stop_token stop = {},
                                  const ldm::ProgressSink& progress = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace analysis
