#include "uniformruns.h"

#include <algorithm>

namespace analysis {

namespace {

/// The latents after the last step with `altered` in some columns. Nothing when stopped.
std::optional<at::Tensor> follow(Work& work, const Recording& recording, ldm::Arithmetic& altered, Columns columns) {
    ldm::Trajectory trajectory(work.networks, recording.conditioning);
    while (!trajectory.done()) {
        const int column = int(trajectory.index());
        const bool isAltered = column >= columns.first && column < columns.first + columns.count;
        if (column == columns.first || column == columns.first + columns.count) trajectory.forgetKeyValues();
        at::Tensor noise;
        const auto run = [&](ldm::Arithmetic& running) {
            noise = work.networks.unet.finish(running, trajectory.state());
        };
        if (!runs(isAltered ? altered : work.full(), work.stop, run)) return std::nullopt;
        trajectory.advanceAnyhow(noise);
        work.finishedRun("uniform recipes", recording.prompts());
    }
    return trajectory.denoised();
}

} // namespace

bool measureUniform(Work& work, const Recordings& recordings, Variants& variants) {
    for (UniformResult result : missingUniform(work.ledger.analysis())) {
        const std::string unit = unitName("all layers in " + quant::toString(result.format) + " at columns",
                                          {result.columns.first, result.columns.count});
        if (!work.isOurs(unit, work.trajectoryUnits())) continue;
        quant::ErrorSums sums;
        for (const auto& recording : recordings.groups) {
            const auto latents = follow(work, recording, variants.of(result.format), result.columns);
            if (!latents) return false;
            for (std::int64_t prompt = 0; prompt < recording.prompts(); ++prompt)
                sums += quant::errorSums(recording.result.select(0, prompt), latents->select(0, prompt));
        }
        result.db = sums.db();
        work.ledger.note(result);
        work.handIn(unit);
    }
    return true;
}

} // namespace analysis
