#include <analysis/latency.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonnode.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <cmath>

namespace analysis {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;
using Node = ldm::JsonNode;

constexpr int kVersion = 1;
constexpr const char* kKey = "noisefloor_latency";
constexpr std::size_t kMostLayers = 10000;
constexpr std::size_t kMostFormats = 100;
constexpr int kMostPixels = 1 << 16;
constexpr int kMostThreads = 1 << 16;
constexpr int kMostSamples = 2;
constexpr int kLargestCode = 127;

double readSeconds(const Node& node) {
    const double seconds = node.number();
    if (!std::isfinite(seconds) || seconds < 0) node.fail("must be a number of seconds, 0 or more.");
    return seconds;
}

FormatLatency readFormat(const Node& node, std::size_t layers) {
    node.requireKeys({"format", "seconds"});
    FormatLatency row{node["format"].parsed(quant::parseFormat), {}};
    for (const Node& each : node["seconds"].items(layers)) row.seconds.push_back(readSeconds(each));
    if (row.seconds.size() != layers)
        node["seconds"].fail("must have one number for each of the " + std::to_string(layers) + " layers.");
    return row;
}

Machine readMachine(const Node& node) {
    node.requireKeys({"processor", "exact_code", "threads"});
    return {node["processor"].text(), node["exact_code"].integer(0, kLargestCode),
            node["threads"].integer(1, kMostThreads)};
}

void readFormats(const Node& node, Latency& latency) {
    std::vector<quant::Format> formats;
    for (const Node& each : node.items(kMostFormats)) {
        latency.formats.push_back(readFormat(each, latency.layers.size()));
        formats.push_back(latency.formats.back().format);
    }
    if (formats.empty() || formats.front() != quant::Format{}) node.fail("must begin with fp32, full precision.");
    ldm::requireDistinct(node, formats);
}

} // namespace

std::string toJson(const Latency& latency) {
    auto formats = OrderedJson::array();
    for (const FormatLatency& row : latency.formats)
        formats.push_back({{"format", quant::toString(row.format)}, {"seconds", row.seconds}});
    const OrderedJson json{{kKey, kVersion},
                           {"model", {{"name", latency.model.name}, {"fingerprint", latency.model.fingerprint}}},
                           {"machine",
                            {{"processor", latency.machine.processor},
                             {"exact_code", latency.machine.exactCode},
                             {"threads", latency.machine.threads}}},
                           {"version", latency.version},
                           {"precision", latency.precision == ldm::Precision::Bf16 ? "bf16" : "fp32"},
                           {"width", latency.width},
                           {"height", latency.height},
                           {"samples", latency.samples},
                           {"rounds", latency.rounds},
                           {"layers", latency.layers},
                           {"formats", std::move(formats)},
                           {"rest", latency.restSeconds}};
    return json.dump() + "\n";
}

Latency parseLatency(std::string_view text, const std::string& file) {
    const Json json = ldm::parseJson(text, file);
    const ldm::JsonSource source{file, "the measurement", "measure the speed again"};
    const Node root(json, source);
    if (!json.is_object() || !json.contains(kKey))
        throw ldm::badInput(file + " holds no measured speed (it lacks '" + kKey + "'); give a *.latency.json.");
    root[kKey].integer(kVersion, kVersion);
    root.requireKeys({kKey, "model", "machine", "version", "precision", "width", "height", "samples", "rounds",
                      "layers", "formats", "rest"});
    Latency latency;
    root["model"].requireKeys({"name", "fingerprint"});
    latency.model = {root["model"]["name"].text(), root["model"]["fingerprint"].text()};
    latency.machine = readMachine(root["machine"]);
    latency.version = root["version"].text();
    if (root["precision"].oneOf({"fp32", "bf16"}) == "bf16") latency.precision = ldm::Precision::Bf16;
    latency.width = root["width"].integer(1, kMostPixels);
    latency.height = root["height"].integer(1, kMostPixels);
    latency.samples = root["samples"].integer(1, kMostSamples);
    latency.rounds = root["rounds"].integer(1, kMostRounds);
    for (const Node& layer : root["layers"].items(kMostLayers)) latency.layers.push_back(layer.text());
    ldm::requireDistinct(root["layers"], latency.layers);
    readFormats(root["formats"], latency);
    latency.restSeconds = readSeconds(root["rest"]);
    return latency;
}

void saveLatency(const Latency& latency, const std::filesystem::path& file) {
    ldm::writeTextFile(file, toJson(latency));
}

Latency loadLatency(const std::filesystem::path& file) {
    return parseLatency(ldm::readTextFile(file), file.string());
}

} // namespace analysis
