#include "onnxprecision.h"

#include "../calibratedoutputs.h"

#include <quant/preparation.h>

#include <algorithm>

namespace quant {

namespace {

bool isTreated(const PlannedTreatment* treated) {
    return treated && (treated->smoothed || treated->rank > 0 || treated->exact);
}

Range joined(const Calibration& calibration, std::size_t index) {
    Range all = calibration.range(static_cast<int>(index), ActivationFormat::Int8, 0);
    for (int interval = 1; interval < calibration.intervals; ++interval) {
        const Range range = calibration.range(static_cast<int>(index), ActivationFormat::Int8, interval);
        all = {std::min(all.lo, range.lo), std::max(all.hi, range.hi)};
    }
    return all;
}

ActivationScale scaleOf(const Calibration& calibration, std::size_t index) {
    return activationScale(joined(calibration, index), ActivationFormat::Int8);
}

/// Ranges of all inputs, those of split ones included, and behind them those of the outputs of `layers`. A file of
/// ranges knows inputs alone.
struct GraphRanges {
    Calibration inputs;
    Calibration outputs;
    std::size_t firstOutput = 0;
};

GraphRanges rangesFor(ExportJob& job, const std::vector<int>& outputs) {
    const CalibrationSettings& how = job.recipe().calibration;
    const bool hasFile = !how.file.empty();
    GraphRanges ranges;
    if (hasFile) ranges.inputs = job.calibration();
    if (hasFile && outputs.empty()) return ranges;
    const auto runs = calibrationRuns(how, job.request().sampling, job.model());
    auto found = calibrateWithOutputs(job.opened(), runs, how, job.treatment(), outputs, job.stop(), job.progress());
    if (!found) throw ExportStopped();
    ranges.firstOutput = found->layers() - outputs.size();
    ranges.outputs = std::move(*found);
    if (!hasFile) ranges.inputs = ranges.outputs;
    return ranges;
}

} // namespace

bool graphHoldsCodes(Format format, const PlannedTreatment* treated) {
    return isInteger(format.weights) && scaleGroup(format.weights) == 0 && !isTreated(treated);
}

bool graphRoundsInput(const Plan& plan, int layer) {
    const PlannedTreatment* treated = plan.treatmentOf(layer);
    if (isTreated(treated) || (treated && treated->splitAt > 0)) return false;
    return std::ranges::all_of(plan.segments, [&](const PlanSegment& segment) {
        return segment.formats.at(static_cast<std::size_t>(layer)).activations == ActivationFormat::Int8;
    });
}

std::vector<onnx::LayerPrecision> graphPrecisions(ExportJob& job) {
    const std::vector<ldm::LayerInfo>& layers = job.model().layers;
    std::vector<onnx::LayerPrecision> result(layers.size());
    std::vector<int> rounded, outputs;
    for (int layer = 0; layer < static_cast<int>(layers.size()); ++layer) {
        onnx::LayerPrecision& precision = result[static_cast<std::size_t>(layer)];
        precision.integerWeights = graphHoldsCodes(job.formatOf(layer), job.treatmentOf(layer));
        if (!graphRoundsInput(job.plan(), layer)) continue;
        rounded.push_back(layer);
        const bool convolves = layers[static_cast<std::size_t>(layer)].kind == ldm::LayerKind::Conv2d;
        if (convolves && precision.integerWeights) outputs.push_back(layer);
    }
    if (rounded.empty()) return result;
    const GraphRanges ranges = rangesFor(job, outputs);
    for (const int layer : rounded)
        result[static_cast<std::size_t>(layer)].input = scaleOf(ranges.inputs, static_cast<std::size_t>(layer));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        result[static_cast<std::size_t>(outputs[i])].output = scaleOf(ranges.outputs, ranges.firstOutput + i);
    return result;
}

} // namespace quant
