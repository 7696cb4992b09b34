#pragma once

#include <quant/recipe.h>

namespace app::commands {

/// Formats for some blocks and layers, at some timesteps.
struct RangeFormatChange {
    std::vector<std::string> places; ///< ids of blocks, names of layers
    std::optional<quant::WeightFormat> weights;
    std::optional<quant::ActivationFormat> activations;
    std::optional<std::array<int, 2>> timesteps; ///< first and last, ascending; weights have one format at all of them
};

/// The recipe with that change as rules behind all others; rules of the same places that no longer decide anything are
/// left out. Throws ldm::Error (BadInput) for a place that the model does not have.
quant::Recipe withRangeFormat(quant::Recipe recipe, const ldm::ModelInfo& model, const RangeFormatChange& change);

} // namespace app::commands
