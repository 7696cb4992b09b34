#pragma once

#include <analysis/images.h>

#include <quant/simulation.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

struct CompareRequest {
    std::vector<quant::Recipe> recipes;
    std::vector<std::string> prompts;
    /// The prompt is replaced; the seed is that of the first prompt, the next ones count up; `latents` has a row for
    /// each prompt.
    ldm::GenerateSettings sampling;
};

struct ComparedPicture {
    std::string prompt;
    std::uint64_t seed = 0;
    ldm::Image full;
    std::vector<ldm::Image> quantized; ///< by recipe
    std::vector<ImageMetrics> metrics; ///< by recipe, against full
};

/// Pictures of every prompt in full precision and under every recipe. When stopped, the finished prompts are returned.
std::vector<ComparedPicture> compare(quant::Simulation& simulation, const CompareRequest& request,
                                     std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

/// Metrics of a comparison folder, and what marks it as one: `overwrite` replaces no other folder.
inline constexpr const char* kMetricsFile = "metrics.json";

/// Writes the folder: sheet.png, PNGs of all pictures and metrics.json (per picture and mean per recipe).
/// Returns the text of metrics.json.
std::string writeComparison(const CompareRequest& request, const std::vector<ComparedPicture>& pictures,
                            const ldm::ModelInfo& model, const std::filesystem::path& folder, bool overwrite);

} // namespace analysis
