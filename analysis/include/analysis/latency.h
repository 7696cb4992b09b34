#pragma once

#include <quant/recipe.h>

#include <ldm/model.h>
#include <ldm/progress.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace analysis {

/// What something was timed on.
struct Machine {
    std::string processor; ///< as the system names it: "AMD EPYC 7763 64-Core Processor"
    int exactCode = 0;     ///< quant::largestExactCode(): which weights are multiplied as integers
    int threads = 1;
    bool operator==(const Machine&) const = default;
};
/// This one, with the threads that compute now.
Machine thisMachine();

struct LatencySettings {
    std::vector<quant::Format> formats; ///< beside full precision
    int width = 0;                      ///< of pictures, in pixels; 0: the model's default
    int height = 0;
    int rounds = 5;                                  ///< runs of which the fastest counts, 1..kMostRounds
    ldm::Precision precision = ldm::Precision::Fp32; ///< the model was opened in
};
inline constexpr int kMostRounds = 1000;

/// Seconds of every layer in one format.
struct FormatLatency {
    quant::Format format;
    std::vector<double> seconds; ///< by layer
    bool operator==(const FormatLatency&) const = default;
};

/// How long one run of the UNet takes on a machine, layer by layer: with guidance, and with the keys and values of the
/// prompt. A format without an integer kernel was timed as what this program computes then, float32.
struct Latency {
    quant::ModelRef model;
    Machine machine;
    std::string version; ///< of the program
    ldm::Precision precision = ldm::Precision::Fp32;
    int width = 0; ///< of pictures, in pixels
    int height = 0;
    int samples = 2; ///< that one run computes: 1 where the model takes no guidance
    int rounds = 0;
    std::vector<std::string> layers;    ///< names, in the model's order
    std::vector<FormatLatency> formats; ///< each once, full precision first
    double restSeconds = 0;             ///< of what no format changes: attention, norms, activation functions

    const FormatLatency* find(quant::Format format) const;
    /// Of a run under a plan, in the mean over the training timesteps. Nothing where a layer has a format that was not
    /// timed, or a treatment other than to stay exact, none of which was.
    std::optional<double> seconds(const quant::Plan& plan) const;
    double fullSeconds() const; ///< of a run in full precision
    bool operator==(const Latency&) const = default;
};

/// Times every layer in one run of the UNet at the first step of a picture: its input is computed in each format, all
/// formats in turns so that other programs slow none of them alone, and the fastest of the rounds counts. Nothing when
/// stopped. Throws BadInput for settings that cannot be used, and where the model is not on the CPU.
std::optional<Latency> measureLatency(const ldm::Model& model, const LatencySettings& settings,
                                      std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

/// Throws BadInput if the numbers are of another model.
void requireOf(const Latency& latency, const ldm::ModelInfo& model);

/// JSON as docs/file-formats.md describes. Reading is strict.
std::string toJson(const Latency& latency);
Latency parseLatency(std::string_view text, const std::string& file);
void saveLatency(const Latency& latency, const std::filesystem::path& file);
Latency loadLatency(const std::filesystem::path& file);

} // namespace analysis
