#include "finalmaps.h"

#include "altered.h"
#include "joining.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

namespace {

/// Rows of a batch: more gain nothing and make a stop lose more.
constexpr std::int64_t kMostTogether = 8;

/// The same prompts and noise so many times, as one trajectory of prompts.
ldm::Conditioning repeated(const ldm::Conditioning& one, std::int64_t times) {
    const auto plain = [&](const at::Tensor& rows) {
        return rows.defined() ? at::cat(std::vector<at::Tensor>(std::size_t(times), rows)) : rows;
    };
    const auto halves = [&](const at::Tensor& rows) {
        if (!rows.defined() || !one.guided) return plain(rows);
        const auto parts = rows.chunk(2);
        return at::cat({plain(parts[0]), plain(parts[1])});
    };
    ldm::Conditioning result = one;
    const auto& condition = one.condition;
    result.condition = {halves(condition.context), halves(condition.pooled), halves(condition.timeIds),
                        halves(condition.guidance)};
    result.extra = plain(one.extra);
    result.noise = plain(one.noise);
    std::transform(one.stepNoise.begin(), one.stepNoise.end(), result.stepNoise.begin(), plain);
    return result;
}

/// Lets the samples of the variant `place` of a batch compute the row's layers otherwise, in both guidance halves.
void alter(PatchedArithmetic& arithmetic, const Row& row, const Recording& recording, std::int64_t place,
           std::int64_t variants) {
    const auto prompts = recording.prompts();
    for (std::int64_t half = 0; half < recording.rows() / prompts; ++half)
        for (const int layer : row.layers) arithmetic.alter(layer, {(half * variants + place) * prompts, prompts});
}

/// Latents after the last step for the rows of a batch, one after the other. Nothing when stopped.
std::optional<at::Tensor> follow(Work& work, const Recording& recording, ldm::Arithmetic& altered,
                                 const ColumnList& rows) {
    const auto variants = std::int64_t(rows.size());
    PatchedArithmetic arithmetic(work.full(), altered);
    for (std::int64_t place = 0; place < variants; ++place)
        alter(arithmetic, work.rows[std::size_t(rows[std::size_t(place)])], recording, place, variants);
    ldm::Trajectory trajectory(work.networks, repeated(recording.conditioning, variants));
    while (!trajectory.done()) {
        at::Tensor noise;
        const auto run = [&](ldm::Arithmetic& running) {
            noise = work.networks.unet.finish(running, trajectory.state());
        };
        if (!runs(arithmetic, work.stop, run)) return std::nullopt;
        trajectory.advanceAnyhow(noise);
    }
    return trajectory.denoised();
}

/// One batch of rows in one format, for all prompts. False when stopped.
bool measure(Work& work, const Recordings& recordings, ldm::Arithmetic& altered, quant::Format format,
             const ColumnList& rows) {
    const auto columns = work.ledger.allColumns();
    for (const auto& recording : recordings.groups) {
        const auto latents = follow(work, recording, altered, rows);
        if (!latents) return false;
        const auto prompts = recording.prompts();
        for (std::size_t place = 0; place < rows.size(); ++place) {
            addErrors(work.ledger, Metric::Final, format, rows[place], columns, recording, recording.result,
                      latents->narrow(0, std::int64_t(place) * prompts, prompts));
            work.finished(Metric::Final, format, rows[place], columns, prompts,
                          &recording == &recordings.groups.back());
        }
    }
    return true;
}

} // namespace

bool measureFinal(Work& work, const Recordings& recordings, Variants& variants) {
    const auto columns = work.ledger.allColumns();
    const auto samples = recordings.groups.front().rows(); // no other group has more
    const int together = int(std::clamp<std::int64_t>(recordings.samplesAtOnce / samples, 1, kMostTogether));
    ColumnList all(work.rows.size());
    for (std::size_t row = 0; row < all.size(); ++row) all[row] = int(row);
    for (const auto format : work.ledger.variants())
        for (const auto& rows : portionsOf(all, together)) {
            std::int64_t missing = 0;
            for (const int row : rows) missing += work.unitsOf(Metric::Final, {format}, row, columns);
            const std::string unit = unitName(describe(Metric::Final, format) + " rows", rows);
            if (missing == 0 || !work.isOurs(unit, missing)) continue;
            if (!measure(work, recordings, variants.of(format), format, rows)) return false;
            work.handIn(unit);
        }
    return true;
}

} // namespace analysis
