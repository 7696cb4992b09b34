#pragma once

#include "job.h"

namespace quant {

/// Of the pictures that graphs are made for, in pixels.
struct GraphSizes {
    int width = 0;
    int height = 0;
};
/// As asked for, or the model's own. Throws BadInput for sizes that the autoencoder cannot make.
GraphSizes graphSizes(const ldm::ModelInfo& model, const ExportOptions& options);

/// A folder for OnnxStableDiffusionPipeline: a graph each for UNet, text encoders, and both sides of the autoencoder,
/// with configurations, scheduler, tokenizers and the recipe.
void writeOnnxFolder(ExportJob& job, const std::filesystem::path& aside);

/// Reads every graph back and compares each constant: those of layers with the recipe's weights, all others with the
/// source, all to the bit. Throws WriteFailed naming the first that differs.
void compareOnnxFolder(ExportJob& job, const std::filesystem::path& aside);

} // namespace quant
