#pragma once

#include <analysis/sqnr.h>

#include <quant/preparation.h>
#include <quant/simulated.h>

#include <ldm/denoise.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace analysis {

/// Judges recipes by pictures that their ranges were not taken from: the prompts of an analysis with other seeds. What
/// counts is the noise that the UNet predicts at every step of the full-precision trajectories, both guidance halves.
/// Errors do not feed back there, so a few pictures tell recipes apart that differ by tenths of a decibel; final
/// latents, where one early error can make another picture, would take hundreds.
class HeldOut {
public:
    HeldOut(ldm::Model model, AnalysisSettings settings);

    /// SQNR in dB, pooled over pictures and steps; kExact where nothing differs, -infinity where a value is not finite.
    /// Nothing when stopped. Full precision runs once, before the first recipe.
    std::optional<double> measure(const quant::Recipe& recipe, const std::stop_token& stop,
                                  const ldm::ProgressSink& progress);

private:
    /// One run of the UNet in full precision.
    struct Run {
        ldm::UNetState start;
        at::Tensor noise;
        int timestep = 0;
    };

    bool recordAll(const std::stop_token& stop, const ldm::ProgressSink& progress);
    bool record(ldm::Trajectory trajectory, const std::stop_token& stop);

    ldm::Model m_model;
    AnalysisSettings m_settings;
    quant::Preparer m_preparer;
    std::unique_ptr<quant::SimulatedArithmetic> m_arithmetic;
    std::vector<Run> m_runs;
};

} // namespace analysis
