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
    Information, ///< as Local, but the share of what the row's output says that is kept; see information.h
};
std::string_view nameOf(Metric metric);
/// Throws ldm::Error (BadInput) naming the accepted ones.
Metric parseMetric(std::string_view name);
std::vector<Metric> parseMetrics(std::string_view text);
/// Whether its numbers are shares of information, 1 for all of it, and not decibels. No search or prediction uses them.
bool isShare(Metric metric);
/// Whether full precision can be measured against itself. Sums of weights are exact; estimates of information tell
/// their spread instead.
bool hasFloor(Metric metric);

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kExact = std::numeric_limits<double>::infinity();
/// A share that was asked for and cannot be told: the row's output is constant, not finite or too few samples.
inline constexpr double kUnknowable = -std::numeric_limits<double>::infinity();

/// Decibels, or shares where the metric isShare(): one row per block or layer and one column per run of the UNet.
/// kNotMeasured is a special cell, kExact one of decibels and kUnknowable one of shares.
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
    Grid spread = {}; ///< of shares: standard deviation over repeats, kNotMeasured where no share is known; else empty
};

/// What a row stands for.
enum class Level { Block, Layer };
std::string_view nameOf(Level level);
/// Throws ldm::Error (BadInput) naming the accepted ones.
Level parseLevel(std::string_view name);

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
    std::string latentsHash;         ///< "sha256:..." of that file's content, as planned() found it; may be empty
    double eta = 0;                  ///< as in ldm::GenerateSettings
    int clipSkip = 0;
    bool weightedPrompts = false;
    ldm::DeviceKind device = ldm::DeviceKind::Cpu; ///< the model was opened on
    ldm::Precision precision = ldm::Precision::Fp32;
    bool operator==(const AnalysisSettings&) const = default;
};

struct BlockRow {
    std::string id;                  ///< of the block, or the layer's name at layer level
    std::vector<std::string> layers; ///< names of those that are quantized
    std::int64_t parameters = 0;     ///< all of the block, or weights and biases of the layer
    bool operator==(const BlockRow&) const = default;
};

/// Smallest and largest input of every layer at every run, over all prompts and both guidance halves.
struct ActivationRanges {
    std::vector<std::string> layers;  ///< names, in the model's order
    int columns = 0;                  ///< as many as timesteps
    std::vector<quant::Range> ranges; ///< row-major, one row per layer
    bool operator==(const ActivationRanges&) const = default;
};

/// Consecutive columns of a map: UNet runs, in the order in which they are made.
struct Columns {
    int first = 0;
    int count = 0;
    bool operator==(const Columns&) const = default;
};

/// Thirds of all columns, first to last, without empty ones: what precision by timestep is decided for.
std::vector<Columns> thirdsOf(int columns);

/// A recipe that gives every layer the same format in some columns and full precision in the others, measured end to
/// end: SQNR at the latent after the last step, along its own trajectory. What predictions are fitted on.
struct UniformResult {
    quant::Format format;
    Columns columns;
    double db = kNotMeasured; ///< kNotMeasured where the latent was not finite any more
    bool operator==(const UniformResult&) const = default;
};

/// How much the range of a layer's input varies over time; zero counts as part of every range, as for quantizers.
struct TimeSensitivity {
    std::string layer;
    double smallest = 0; ///< extent of the narrowest range, largest - smallest value
    double largest = 0;  ///< of the widest
    double ratio = 1;    ///< widest / narrowest; 1 where both are zero, infinity where the narrowest alone is
    bool operator==(const TimeSensitivity&) const = default;
};
/// All layers, the most time-sensitive first (after Yang et al. 2023).
std::vector<TimeSensitivity> timeSensitivity(const ActivationRanges& activations);

/// The result of an analysis, complete or partial, and what a `*.analysis.json` file holds.
struct Analysis {
    quant::ModelRef model;
    AnalysisSettings settings;
    std::vector<BlockRow> blocks;
    std::vector<int> timesteps; ///< of the UNet's runs, rounded; never ascending, equal where a sampler repeats one
    std::vector<SqnrMap> maps;
    std::vector<UniformResult> uniform; ///< measured with Metric::Final: all columns and each third
    /// Full precision against itself with another summation order. Weights have none: their sums are exact.
    std::map<Metric, Grid> floors;
    std::optional<ActivationRanges> activations; ///< once the full-precision trajectory has been run
    std::map<std::string, double> timingSeconds; ///< by stage

    const SqnrMap* find(Metric metric, quant::Format format) const;
    bool complete() const;
};

/// What Metric::Final asks for beside its map and the analysis does not hold yet: every format in all layers, over all
/// columns and over each third of them. No decibels in them.
std::vector<UniformResult> missingUniform(const Analysis& analysis);

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
