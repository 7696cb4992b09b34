#pragma once

#include "../onnx/lowering.h"
#include "job.h"

#include <vector>

namespace quant {

/// Whether a graph holds the integers of a layer: int8 or int4 codes with one scale per output channel, which nothing
/// but rounding has made.
bool graphHoldsCodes(Format format, const PlannedTreatment* treated);
/// Whether it rounds the layer's input: to 8 bits with one range, at all timesteps.
bool graphRoundsInput(const Plan& plan, int layer);

/// What the UNet's graph holds of each layer. Calibrates where it rounds anything: inputs as the recipe says, and the
/// outputs of those convolutions that are computed with integers. Ranges of all timesteps are joined.
std::vector<onnx::LayerPrecision> graphPrecisions(ExportJob& job);

} // namespace quant
