#pragma once

#include <quant/recipe.h>

#include <cstdint>

namespace quant {

/// What a recipe costs. Exact: counted, not estimated.
struct Cost {
    std::uint64_t bytes = 0;   ///< of the UNet: quantized weights, their float32 scales, and the rest as stored
    double bops = 0;           ///< sum over layers of MACs x weight bits x activation bits, one UNet run of one sample
    double meanWeightBits = 0; ///< bits per weight element, scales included
    std::uint64_t fullBytes = 0; ///< the same model with every weight in fp32
    double fullBops = 0;
};

/// Bytes of one layer's weight in a format: elements x bits rounded up to bytes per output channel, plus 4 bytes of
/// scale per output channel for Int8, Int4 and Fp8E4M3. Where formats vary over time the largest counts.
std::uint64_t weightBytes(const ldm::LayerInfo& layer, WeightFormat format);

/// Latent size in latent positions; 0 takes the model's default.
Cost cost(const Plan& plan, const ldm::ModelInfo& model, int latentHeight = 0, int latentWidth = 0);

} // namespace quant
