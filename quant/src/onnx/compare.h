#pragma once

#include "interpreter.h"

#include <quant/preparation.h>
#include <quant/quantize.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>
#include <ldm/unet.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant::onnx {

/// One block of a UNet's graph beside the model, pooled over all runs; the last entry is "unet", the predicted noise.
struct ComparedBlock {
    std::string id;                     ///< "unet.down_blocks.0.1"
    ErrorSums full;                     ///< the graph against full precision
    std::optional<ErrorSums> simulated; ///< the recipe's simulation against full precision
    std::optional<ErrorSums> recipe;    ///< the graph against the recipe's simulation
    std::optional<ErrorSums> deployed;  ///< the graph against the model with its weights and rounding, if it rounds
};

/// What to run a graph beside the model for: `runs` UNet runs of each of these pictures, whose timesteps are spread
/// over the sampling, in full precision's own latents. The graph decides their size.
struct ComparedRuns {
    std::vector<ldm::GenerateSettings> pictures; ///< must agree in all but prompt, negative prompt and seed
    int runs = 2;                                ///< 1..1000
    const Preparation* recipe = nullptr;         ///< the recipe to simulate beside, if any
};

/// The UNet's graph in an exported folder, or the file that `path` is. Throws BadInput.
std::filesystem::path unetGraph(const std::filesystem::path& path);

/// Opens a graph of any part for running. Throws BadInput as readModel() and Interpreter do.
Interpreter openGraph(const std::filesystem::path& file);

/// Runs graph, model and simulations on the same inputs, block by block. Throws BadInput where the graph is none of
/// this model's UNet: other inputs, or blocks that it does not have. Nothing when stopped.
std::optional<std::vector<ComparedBlock>> compareBlocks(const ldm::Model& model, const Interpreter& graph,
                                                        const ComparedRuns& what, std::stop_token stop = {},
                                                        const ldm::ProgressSink& progress = {});

/// The inputs that a UNet's graph declares, from what a UNet run begins with. The state's rows are as many as the
/// graph's batch. Throws BadInput for inputs that are not known.
NamedTensors graphInputs(const Graph& graph, const ldm::UNetState& state);

/// Rows `first` to `first + count` of a state in which every row has a text of its own.
ldm::UNetState rowsOf(const ldm::UNetState& state, std::int64_t first, std::int64_t count);

} // namespace quant::onnx
