#pragma once

#include <quant/recipe.h>

#include <cstdint>

namespace quant {

/// What a recipe costs. Exact: counted, not estimated.
struct Cost {
    std::uint64_t bytes = 0;   ///< of the UNet: quantized weights, their scales, and the rest as stored
    double bops = 0;           ///< sum over layers of MACs x weight bits x activation bits, one UNet run of one sample;
                               ///< formats that vary over time count in the mean over the training timesteps
    double meanWeightBits = 0; ///< bits per weight element, scales included
    std::uint64_t fullBytes = 0; ///< the same model with every weight in fp32
    double fullBops = 0;
};

/// Bytes of one layer's weight in a format, as storedAs() says. Elements x bits rounded up to bytes per output channel,
/// plus 4 bytes for each scale: one per output channel, or per group of one; for GGUF types the bytes of their blocks.
/// Where formats vary over time the largest counts.
std::uint64_t weightBytes(const ldm::LayerInfo& layer, WeightFormat format);

/// Sampling steps that a precomputed time embedding has a row for, in a cost: as many as pipelines take by default.
inline constexpr int kTableSteps = 50;

/// Treatments count: for each smoothed layer 4 bytes an input channel; for a low rank both factors in fp16 and the
/// products with them at 16 x 16 bits; for a precomputed layer 4 bytes an output and step, and no operations.
/// Latent size in latent positions; 0 takes the model's default.
Cost cost(const Plan& plan, const ldm::ModelInfo& model, int latentHeight = 0, int latentWidth = 0);

} // namespace quant
