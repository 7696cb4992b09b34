#pragma once

#include <app/cli/options.h>

#include <analysis/inspect.h>

namespace app::cli {

/// What `inspect --layer` looks into, and the runs in which it watches inputs.
struct LayerOptions {
    ldm::OpenRequest model;
    std::string layer; ///< block or layer; empty: the model as a whole
    PromptChoice prompts;
    analysis::AnalysisSettings settings;
    bool weightsOnly = false;
};

void addLayerOptions(CLI::App& verb, LayerOptions& options);
/// What the inspector of the window shows, as text and numbers.
Outcome inspectLayer(const LayerOptions& options, const Running& running);

} // namespace app::cli
