#include <analysis/analyze.h>
#include <analysis/merge.h>

#include <ldm/error.h>

namespace analysis {

namespace {

/// This process's share, told to the others even if it ends with an error.
void measureShare(SharedFolder& shared, const ldm::Model& model, Analysis start, const std::stop_token& stop,
                  const ldm::ProgressSink& progress, const MemoryBudget& memory) {
    Analysis soFar = start;
    const auto keep = [&soFar](const RowMeasured& row) { setRow(soFar, row); };
    try {
        shared.flush(analyze(model, std::move(start), stop, progress, keep, memory, &shared));
    } catch (const ldm::Error&) {
        shared.flush(soFar);
        throw;
    }
}

} // namespace

Analysis analyzeTogether(SharedFolder& shared, const ldm::Model& model, Analysis start, std::stop_token stop,
                         const ldm::ProgressSink& progress, const MemoryBudget& memory) {
    using Waited = SharedFolder::Waited;
    start = shared.gathered(std::move(start));
    for (Waited waited = Waited::SomeLost; waited == Waited::SomeLost && !start.complete();) {
        measureShare(shared, model, start, stop, progress, memory);
        ldm::report(progress, "waiting for the other processes", 0, 0);
        waited = shared.waitForOthers(stop);
        start = shared.gathered(std::move(start));
    }
    // Parts that were told of and cannot be read any more leave something to do.
    return stop.stop_requested() ? start : analyze(model, std::move(start), stop, progress, {}, memory);
}

} // namespace analysis
