#pragma once

#include <quant/calibration.h>
#include <quant/recipe.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace analysis {

/// Where the error is measured; definitions in docs/architecture.md.
enum class Metric {
    Weights,     ///< of the weights alone, without data: 10 log10(sum w^2 / sum (w_q - w)^2), equal at all timesteps
    Local,       ///< the row quantized, on full-precision input, at its own output
    Output,      ///< only the row quantized, full-precision latent in, at the predicted noise
    Others,      ///< all but the row quantized, full-precision latent in, at the predicted noise
    Accumulated, ///< everything quantized, along its own trajectory, at the row's output
    Final,       ///< only the row quantized, along its own trajectory, at the latent after the last step; equal at all
                 ///< timesteps
};
std::string_view nameOf(Metric metric);
/// Throws ldm::Error (BadInput) naming the accepted ones.
Metric parseMetric(std::string_view name);
std::vector<Metric> parseMetrics(std::string_view text);

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kExact = std::numeric_limits<double>::infinity();

/// Decibels, one row per block and one column per run of the UNet. kNotMeasured and kExact are the special cells.
struct Grid {
    int rows = 0;
    int columns = 0;
    std::vector<double> db; ///< row-major

    Grid() = default;
    Grid(int rowCount, int columnCount)
        : rows(rowCount), columns(columnCount), db(std::size_t(rowCount) * std::size_t(columnCount), kNotMeasured) {}
    double& at(int row, int column) { return db[std::size_t(row) * std::size_t(columns) + std::size_t(column)]; }
    double at(int row, int column) const { return db[std::size_t(row) * std::size_t(columns) + std::size_t(column)]; }
    bool complete() const;
    bool rowComplete(int row) const;
};

/// One map: metric and format say what was quantized and where it was compared.
struct SqnrMap {
    Metric metric = Metric::Local;
    quant::Format format;
    Grid grid;
};

/// What a row stands for.
enum class Level { Block, Layer };
std::string_view nameOf(Level level);

struct AnalysisSettings {
    Level level = Level::Block;
    std::vector<Metric> metrics{Metric::Local};
    std::vector<quant::Format> formats;
    std::vector<std::string> prompts;
    std::optional<std::string> negative;
    std::string scheduler = "ddim";
    int steps = 20;
    double guidance = 7.5;
    std::uint64_t seed = 0; ///< of the first prompt; the next ones count up
    int width = 0;          ///< pixels; 0: the model's default
    int height = 0;
    std::string calibration = "all"; ///< "first" or "all" steps
    std::filesystem::path latents;   ///< replaces the seeded noise; may be empty
    double eta = 0;                  ///< as in ldm::GenerateSettings
    int clipSkip = 0;
    bool weightedPrompts = false;
    bool operator==(const AnalysisSettings&) const = default;
};

struct BlockRow {
    std::string id; ///< of the block, or the layer's name at layer level
    std::vector<std::string> layers;
    std::int64_t parameters = 0;
    bool operator==(const BlockRow&) const = default;
};

/// Smallest and largest input of every layer at every run, over all prompts and both guidance halves.
struct ActivationRanges {
    std::vector<std::string> layers;  ///< names, in the model's order
    int columns = 0;                  ///< as many as timesteps
    std::vector<quant::Range> ranges; ///< row-major, one row per layer
    bool operator==(const ActivationRanges&) const = default;
};

/// The result of an analysis, complete or partial, and what a `*.analysis.json` file holds.
struct Analysis {
    quant::ModelRef model;
    AnalysisSettings settings;
    std::vector<BlockRow> blocks;
    std::vector<int> timesteps; ///< of the UNet's runs, rounded; never ascending, equal where a sampler repeats one
    std::vector<SqnrMap> maps;
    std::map<Metric, Grid> floors;               ///< full precision against itself with another summation order
    std::optional<ActivationRanges> activations; ///< once the full-precision trajectory has been run
    std::map<std::string, double> timingSeconds; ///< by stage

    const SqnrMap* find(Metric metric, quant::Format format) const;
    bool complete() const;
};

/// Training timesteps of a model, which maps and the step ranges of rules count in.
inline constexpr int kTrainingTimesteps = 1000;

/// A cell is at the noise floor when it is within 3 dB of it or above: its differences mean nothing.
inline constexpr double kFloorMarginDb = 3.0;

/// JSON as docs/file-formats.md describes: null for kNotMeasured, "exact" for kExact. Reading is strict.
std::string toJson(const Analysis& analysis);
Analysis parseAnalysis(std::string_view text, const std::string& file);
void saveAnalysis(const Analysis& analysis, const std::filesystem::path& file);
Analysis loadAnalysis(const std::filesystem::path& file);

} // namespace analysis
