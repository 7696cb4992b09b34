#pragma once

#include <quant/errorsums.h>
#include <quant/recipe.h>

#include <ldm/generate.h>
#include <ldm/model.h>
#include <ldm/progress.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace quant {

/// One tensor of an exported file beside what it was made from.
struct VerifiedTensor {
    std::string name;                ///< diffusers name with its part: "unet.conv_in.weight"
    std::string storedAs;            ///< in the export: "Q8_0", "I8", "F16"
    int layer = -1;                  ///< into ModelInfo::layers of the model it is compared with; -1 for other tensors
    ErrorSums against;               ///< its values against the model's full precision
    std::optional<ErrorSums> recipe; ///< against the weight as the recipe rounds it; layers alone, with a recipe
};

/// What a block of an exported graph computes beside the model, pooled over the runs.
struct VerifiedBlock {
    std::string id;                     ///< "unet.down_blocks.0.1"; "unet" for the predicted noise
    ErrorSums against;                  ///< the graph against full precision
    std::optional<ErrorSums> simulated; ///< the recipe's simulation against full precision
    std::optional<ErrorSums> recipe;    ///< the graph against the recipe's simulation
    /// The graph against a simulation of all that it rounds: outputs of convolutions as well, which runtimes need for
    /// their integer kernels. What is left is the difference of two programs that compute the same.
    std::optional<ErrorSums> deployed;
};

struct VerifyReport {
    std::string container; ///< what the export turned out to be: "GGUF file", "ONNX folder"
    std::vector<VerifiedTensor> tensors;
    std::vector<VerifiedBlock> blocks; ///< of an ONNX graph, in order of execution; empty for other kinds
    std::vector<std::string> missing;  ///< tensors of the model's parts in the export that the export lacks
    std::vector<std::string> surplus;  ///< and that the model lacks
    /// Tensors that cannot be what was exported: layers that are farther from the recipe's weight than their bits
    /// allow, or have nothing in common with the model's; others that are not the model's as their type rounds them.
    std::vector<std::string> wrong;
    std::vector<std::string> notes; ///< such as parts that the export does not hold

    /// Indices into `tensors`: layers by SQNR against full precision, worst first, at most so many.
    std::vector<std::size_t> worst(std::size_t count = 10) const;
    /// Nothing missing, nothing surplus, nothing wrong, all numbers finite.
    bool isSound() const;
};

struct VerifyRequest {
    std::filesystem::path path;   ///< anything exportModel() writes that holds weights
    std::optional<Recipe> recipe; ///< that it was exported with; without one, that which it carries, if it does
    /// How the pictures are made that a graph is run for; the first `runs` steps' inputs of the first prompts.
    ldm::GenerateSettings sampling = {};
    int runs = 2; ///< of a graph: timesteps, spread over the sampling
};

/// Opens an export again, decodes every tensor and compares with a model; runs an ONNX graph beside the model and the
/// simulation of the recipe. Throws BadInput for files that are no export or belong to another architecture. Nothing
/// when stopped.
std::optional<VerifyReport> verifyExport(const ldm::Model& against, const VerifyRequest& request,
                                         std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

} // namespace quant
