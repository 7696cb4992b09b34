#include <ldm/memory.h>

#include <ldm/arithmetic.h>
#include <ldm/error.h>

#include "controlgroup.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>

namespace ldm {

namespace {

constexpr std::uint64_t kMebi = std::uint64_t{1} << 20;
/// LibTorch and its libraries.
constexpr std::uint64_t kProgramBytes = 220 * kMebi;
/// What an analysis may keep of full-precision states and what it may hold as one batch, see analysis::MemoryBudget.
constexpr std::uint64_t kStateBytes = 96 * kMebi;
constexpr std::uint64_t kBatchBytes = 96 * kMebi;
/// Steps of an analysis as people choose them.
constexpr std::uint64_t kUsualSteps = 20;
/// Copies of a layer's weight while it is prepared: converted, quantized and packed.
constexpr std::uint64_t kWeightCopies = 3;
/// Tensors as large as the largest output of a layer that live beside the skips: input, output and reordered copies.
constexpr std::uint64_t kLiveOutputs = 3;
/// The same in a decoder at full resolution, where a shortcut waits as well.
constexpr std::uint64_t kDecoderMaps = 4;
/// What a text encoder keeps of its weights.
constexpr std::uint64_t kTextBytes = 64 * kMebi;
/// Samples of one UNet run: both halves of the guidance batch.
constexpr std::uint64_t kRows = 2;
/// Pixels a side above which decoding goes in tiles of kTile.
constexpr int kWhole = 768;
constexpr int kTile = 512;

std::uint64_t floats(std::int64_t count) {
    return static_cast<std::uint64_t>(count) * sizeof(float);
}

/// Bytes of a layer's output for one sample.
std::uint64_t outputBytes(const LayerInfo& layer, int height, int width) {
    if (layer.domain != Domain::Image) return 0;
    const auto reduced = [&](int size) { return (size + layer.downscale - 1) / layer.downscale; };
    return floats(layer.outputs() * reduced(height) * reduced(width));
}

/// What one sample takes in the UNet: the outputs of all blocks, of which the up path finds half waiting as skips and
/// an analysis keeps the rest, and the largest layer.
struct SampleBytes {
    std::uint64_t outputs = 0;
    std::uint64_t largest = 0;
};

SampleBytes sampleBytes(const ModelInfo& model, int height, int width) {
    SampleBytes bytes;
    for (const BlockInfo& block : model.blocks) {
        std::uint64_t last = 0;
        for (const int index : block.layers) {
            const std::uint64_t output = outputBytes(model.layers[static_cast<std::size_t>(index)], height, width);
            bytes.largest = std::max(bytes.largest, output);
            if (output > 0) last = output;
        }
        bytes.outputs += last;
    }
    return bytes;
}

std::uint64_t decodeBytes(const ModelInfo& model, int width, int height) {
    const bool whole = std::max(width, height) <= kWhole;
    const std::int64_t pixels = whole ? std::int64_t{width} * height : std::int64_t{kTile} * kTile;
    return kDecoderMaps * floats(pixels * model.decoderChannels) + 2 * floats(std::int64_t{3} * width * height);
}

/// Keys and values of all cross-attention, which the steps share.
std::uint64_t textKeyBytes(const ModelInfo& model) {
    std::uint64_t bytes = 0;
    for (const LayerInfo& layer : model.layers)
        if (layer.domain == Domain::Context) bytes += floats(layer.outputs() * model.contextTokens);
    return bytes;
}

/// Decoding adds to the run before it, whose memory the allocator holds ready for the next.
std::uint64_t activationBytes(const ModelInfo& model, Task task, int width, int height) {
    const SampleBytes sample = sampleBytes(model, height / model.vaeScale, width / model.vaeScale);
    const std::uint64_t run = kRows * (sample.outputs / 2 + kLiveOutputs * sample.largest + textKeyBytes(model));
    if (task == Task::Generate) return run + decodeBytes(model, width, height);
    const std::uint64_t states = kRows * sample.outputs; // of one step, which fit or not
    return std::max(run, std::min(kUsualSteps * run, kBatchBytes)) +
           std::max(states, std::min(kUsualSteps * states, kStateBytes));
}

std::uint64_t preparedBytes(const ModelInfo& model, Task task) {
    std::uint64_t largest = 0;
    for (const LayerInfo& layer : model.layers) largest = std::max(largest, floats(layer.weights()));
    std::uint64_t bytes = kWeightCopies * largest;
    for (const PartInfo& part : model.parts) {
        const std::uint64_t asFloats = floats(part.parameters);
        const bool kept = keptWeightBytes(part.parameters) > 0;
        if (part.name.starts_with("text"))
            bytes += std::min(asFloats, kTextBytes);
        else if (kept && (task == Task::Generate || part.name == "unet"))
            bytes += asFloats;
        // The quantized ones beside them.
        if (part.name == "unet") bytes += std::min<std::uint64_t>(asFloats, kKeptWeightBytes);
    }
    return bytes;
}

std::uint64_t fileBytes(const ModelInfo& model, Task task) {
    std::uint64_t bytes = 0;
    for (const PartInfo& part : model.parts)
        if (task == Task::Generate || part.name != "vae") bytes += part.bytes;
    return bytes;
}

/// The number after `key` in a file of lines like "MemAvailable:  123 kB" or "inactive_file 123".
std::optional<std::uint64_t> numberAfter(const std::filesystem::path& file, const std::string& key) {
    std::ifstream stream(file);
    for (std::string word; stream >> word;) {
        std::uint64_t number = 0;
        if (word == key && stream >> number) return number;
        stream.clear();
    }
    return std::nullopt;
}

std::optional<std::uint64_t> numberIn(const std::filesystem::path& file) {
    std::uint64_t number = 0;
    if (std::ifstream(file) >> number) return number;
    return std::nullopt;
}

/// What a group still grants: its limit less what it uses and could not give back.
std::optional<std::uint64_t> leftIn(const std::filesystem::path& group) {
    const bool version2 = std::filesystem::exists(group / "memory.max");
    const auto limit = numberIn(group / (version2 ? "memory.max" : "memory.limit_in_bytes"));
    const auto used = numberIn(group / (version2 ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit || !used) return std::nullopt;
    const char* prefix = version2 ? "" : "total_";
    std::uint64_t files = 0;
    for (const char* key : {"inactive_file", "active_file"})
        files += numberAfter(group / "memory.stat", std::string(prefix) + key).value_or(0);
    const std::uint64_t bound = *used - std::min(*used, files);
    return *limit - std::min(*limit, bound);
}

} // namespace

MemoryNeed memoryNeed(const ModelInfo& model, Task task, int width, int height) {
    MemoryNeed need;
    need.program = kProgramBytes;
    need.files = fileBytes(model, task);
    need.prepared = preparedBytes(model, task);
    need.activations =
        activationBytes(model, task, width > 0 ? width : model.defaultWidth, height > 0 ? height : model.defaultHeight);
    return need;
}

std::uint64_t availableMemory() {
    const auto system = numberAfter("/proc/meminfo", "MemAvailable:");
    if (!system) return 0;
    std::uint64_t bytes = *system * 1024;
    for (const std::filesystem::path& group : controlGroups("memory"))
        bytes = std::min(bytes, leftIn(group).value_or(bytes));
    return bytes + numberAfter("/proc/self/status", "RssAnon:").value_or(0) * 1024;
}

void requireMemory(const ModelInfo& model, Task task, int width, int height, std::uint64_t available) {
    const std::uint64_t need = memoryNeed(model, task, width, height).total();
    if (available == 0 || need <= available) return;
    const std::string what = task == Task::Generate ? "A picture of " : "An analysis of ";
    throw Error(ErrorKind::OutOfMemory, what + inQuotes(model.name) + " at " + std::to_string(width) + "x" +
                                            std::to_string(height) + " takes about " + bytesText(need) +
                                            " of memory, but only " + bytesText(available) +
                                            " can be had; choose a smaller size or a model stored in fewer bits, or "
                                            "close other programs.");
}

std::string bytesText(std::uint64_t bytes) {
    char text[32];
    const double mebi = static_cast<double>(bytes) / static_cast<double>(kMebi);
    if (mebi < 1024)
        std::snprintf(text, sizeof text, "%.0f MiB", mebi);
    else
        std::snprintf(text, sizeof text, "%.1f GiB", mebi / 1024);
    return text;
}

} // namespace ldm
