#include <analysis/sqnr.h>

#include "layout.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonnode.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

namespace analysis {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;
using Node = ldm::JsonNode;
using ldm::requireDistinct;

constexpr int kVersion = 1;
constexpr int kMostClipSkip = 100;
constexpr std::size_t kMostBlocks = 10000;
constexpr std::size_t kMostCells = std::size_t{1} << 24; ///< of all maps; a small file must not ask for much memory
constexpr std::size_t kMostMetrics = 7;
constexpr int kMostSteps = 1000;
constexpr int kMostRuns = 2 * kMostSteps; ///< some samplers run most timesteps twice

// ---- writing

OrderedJson cellJson(double db) {
    if (std::isnan(db)) return nullptr;
    if (std::isinf(db)) return "exact";
    return db;
}

template <typename Cell> OrderedJson gridJson(const Grid& grid, const Cell& cell) {
    auto rows = OrderedJson::array();
    for (int row = 0; row < grid.rows; ++row) {
        auto cells = OrderedJson::array();
        for (int column = 0; column < grid.columns; ++column) cells.push_back(cell(grid.at(row, column)));
        rows.push_back(std::move(cells));
    }
    return rows;
}

OrderedJson settingsJson(const AnalysisSettings& settings) {
    auto metrics = OrderedJson::array();
    for (const auto metric : settings.metrics) metrics.push_back(nameOf(metric));
    auto formats = OrderedJson::array();
    for (const auto format : settings.formats) formats.push_back(quant::toString(format));
    return {{"level", nameOf(settings.level)},
            {"metrics", metrics},
            {"formats", formats},
            {"prompts", settings.prompts},
            {"negative", settings.negative ? OrderedJson(*settings.negative) : OrderedJson()},
            {"scheduler", settings.scheduler},
            {"steps", settings.steps},
            {"guidance", settings.guidance},
            {"seed", settings.seed},
            {"width", settings.width},
            {"height", settings.height},
            {"calibration", settings.calibration},
            {"latents", settings.latents.string()},
            {"eta", settings.eta},
            {"clip_skip", settings.clipSkip},
            {"weighted_prompts", settings.weightedPrompts},
            {"latents_hash", settings.latentsHash},
            {"device", settings.device == ldm::DeviceKind::Cuda ? "cuda" : "cpu"},
            {"precision", settings.precision == ldm::Precision::Bf16 ? "bf16" : "fp32"}};
}

OrderedJson shareJson(double share) {
    if (share == kUnknowable) return "unknown";
    return std::isfinite(share) ? OrderedJson(share) : OrderedJson();
}

OrderedJson mapJson(Metric metric, quant::Format format, const Grid& grid) {
    return {{"metric", nameOf(metric)}, {"format", quant::toString(format)}, {"db", gridJson(grid, cellJson)}};
}

OrderedJson mapJson(const SqnrMap& map) {
    if (!isShare(map.metric)) return mapJson(map.metric, map.format, map.grid);
    return {{"metric", nameOf(map.metric)},
            {"format", quant::toString(map.format)},
            {"share", gridJson(map.grid, shareJson)},
            {"spread", gridJson(map.spread, shareJson)}};
}

/// The double with the fewest digits that becomes this float again.
double shortest(float value) {
    std::array<char, 64> text{};
    const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    double result = 0;
    std::from_chars(text.data(), end, result);
    return result;
}

OrderedJson activationsJson(const ActivationRanges& activations) {
    auto low = OrderedJson::array();
    auto high = OrderedJson::array();
    for (std::size_t i = 0; i < activations.ranges.size(); ++i) {
        if (i % std::size_t(activations.columns) == 0) {
            low.push_back(OrderedJson::array());
            high.push_back(OrderedJson::array());
        }
        low.back().push_back(shortest(activations.ranges[i].lo));
        high.back().push_back(shortest(activations.ranges[i].hi));
    }
    return {{"layers", activations.layers}, {"lo", std::move(low)}, {"hi", std::move(high)}};
}

OrderedJson uniformJson(const UniformResult& result) {
    return {{"format", quant::toString(result.format)},
            {"first_run", result.columns.first},
            {"runs", result.columns.count},
            {"db", cellJson(result.db)}};
}

// ---- reading

double readCell(const Node& node) {
    if (node.isNull()) return kNotMeasured;
    if (node.json().is_string() && node.json().get_ref<const std::string&>() == "exact") return kExact;
    if (!node.json().is_number()) node.fail("must be a number of decibels, null or \"exact\".");
    return node.number();
}

double readShare(const Node& node) {
    if (node.isNull()) return kNotMeasured;
    if (node.json().is_string() && node.json().get_ref<const std::string&>() == "unknown") return kUnknowable;
    if (!node.json().is_number()) node.fail("must be a share of information, null or \"unknown\".");
    return node.number();
}

double readSpread(const Node& node) {
    if (node.isNull()) return kNotMeasured;
    const double spread = node.number();
    if (!(spread >= 0)) node.fail("must be a standard deviation of 0 or more.");
    return spread;
}

template <typename Read> Grid readGrid(const Node& node, int rows, int columns, const Read& readOne) {
    const auto lines = node.items(std::size_t(rows));
    if (lines.size() != std::size_t(rows))
        node.fail("has " + std::to_string(lines.size()) + " rows for " + std::to_string(rows) + " blocks.");
    Grid grid(rows, columns);
    for (int row = 0; row < rows; ++row) {
        const auto cells = lines[std::size_t(row)].items(std::size_t(columns));
        if (cells.size() != std::size_t(columns))
            lines[std::size_t(row)].fail("has " + std::to_string(cells.size()) + " cells for " +
                                         std::to_string(columns) + " timesteps.");
        for (int column = 0; column < columns; ++column) grid.at(row, column) = readOne(cells[std::size_t(column)]);
    }
    return grid;
}

AnalysisSettings readSettings(const Node& node) {
    node.requireKeys({"metrics", "formats", "prompts", "negative", "scheduler", "steps", "guidance", "seed", "width",
                      "height", "calibration", "latents"},
                     {"eta", "clip_skip", "weighted_prompts", "level", "latents_hash", "device", "precision"});
    AnalysisSettings settings;
    settings.metrics.clear();
    for (const auto& item : node["metrics"].items(kMostMetrics)) settings.metrics.push_back(item.parsed(parseMetric));
    for (const auto& item : node["formats"].items(100)) settings.formats.push_back(item.parsed(quant::parseFormat));
    for (const auto& item : node["prompts"].items(100000)) settings.prompts.push_back(item.text());
    if (settings.metrics.empty()) node["metrics"].fail("must name at least one metric.");
    requireDistinct(node["metrics"], settings.metrics);
    requireDistinct(node["formats"], settings.formats);
    if (!node["negative"].isNull()) settings.negative = node["negative"].text();
    settings.scheduler = node["scheduler"].text();
    settings.steps = node["steps"].integer(1, kMostSteps);
    settings.guidance = node["guidance"].number();
    settings.seed = node["seed"].integer(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    settings.width = node["width"].integer(0, 1 << 16);
    settings.height = node["height"].integer(0, 1 << 16);
    settings.calibration = node["calibration"].text();
    if (settings.calibration != "first" && settings.calibration != "all")
        node["calibration"].fail("must be \"first\" or \"all\".");
    settings.latents = node["latents"].text();
    if (node.has("eta")) settings.eta = node["eta"].number();
    if (node.has("clip_skip")) settings.clipSkip = node["clip_skip"].integer(0, kMostClipSkip);
    if (node.has("weighted_prompts")) settings.weightedPrompts = node["weighted_prompts"].flag();
    if (node.has("level")) settings.level = node["level"].parsed(parseLevel);
    if (node.has("latents_hash")) settings.latentsHash = node["latents_hash"].text();
    if (node.has("device") && node["device"].oneOf({"cpu", "cuda"}) == "cuda") settings.device = ldm::DeviceKind::Cuda;
    if (node.has("precision") && node["precision"].oneOf({"fp32", "bf16"}) == "bf16")
        settings.precision = ldm::Precision::Bf16;
    return settings;
}

BlockRow readBlock(const Node& node) {
    node.requireKeys({"id", "layers", "params"});
    BlockRow block;
    block.id = node["id"].text();
    for (const auto& layer : node["layers"].items(kMostBlocks)) block.layers.push_back(layer.text());
    block.parameters = node["params"].integer(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());
    return block;
}

std::vector<int> readTimesteps(const Node& node) {
    std::vector<int> timesteps;
    for (const auto& item : node.items(kMostRuns)) {
        timesteps.push_back(item.integer(0, kTrainingTimesteps - 1));
        if (timesteps.size() > 1 && timesteps.back() > timesteps[timesteps.size() - 2])
            item.fail("is later than the timestep before.");
    }
    return timesteps;
}

void requireReasonable(const Analysis& analysis, const std::string& file) {
    const auto maps = analysis.settings.metrics.size() * (analysis.settings.formats.size() + 1);
    if (maps * analysis.blocks.size() * analysis.timesteps.size() > kMostCells)
        throw ldm::badInput(file + " describes more than 16 million cells; name fewer formats, blocks or timesteps.");
}

/// A share and its spread are known together.
void readShares(const Node& node, SqnrMap& map) {
    node.requireKeys({"metric", "format", "share", "spread"});
    map.grid = readGrid(node["share"], map.grid.rows, map.grid.columns, readShare);
    map.spread = readGrid(node["spread"], map.grid.rows, map.grid.columns, readSpread);
    for (std::size_t cell = 0; cell < map.grid.db.size(); ++cell)
        if (std::isfinite(map.grid.db[cell]) != std::isfinite(map.spread.db[cell]))
            node["spread"].fail("must have a number where \"share\" has one, and null elsewhere.");
}

/// Puts one entry of "maps" where it belongs: into a map, or into the floors.
void readMap(const Node& node, Analysis& analysis, std::set<std::pair<Metric, quant::Format>>& seen) {
    node.requireKeys({"metric", "format"}, {"db", "share", "spread"});
    const auto metric = node["metric"].parsed(parseMetric);
    const auto format = node["format"].parsed(quant::parseFormat);
    if (!seen.emplace(metric, format).second) node.fail("repeats the metric and format of another map.");
    Grid* grid = nullptr;
    if (format == quant::Format{}) {
        const auto floor = analysis.floors.find(metric);
        if (floor != analysis.floors.end()) grid = &floor->second;
    }
    for (auto& map : analysis.maps) {
        if (map.metric != metric || map.format != format) continue;
        if (isShare(metric)) return readShares(node, map);
        grid = &map.grid;
    }
    if (!grid) node.fail("is of a metric or format that the settings do not name.");
    node.requireKeys({"metric", "format", "db"});
    *grid = readGrid(node["db"], grid->rows, grid->columns, readCell);
}

/// The table of one bound, [layers][columns].
std::vector<float> readBounds(const Node& node, std::size_t layers, std::size_t columns) {
    const auto rows = node.items(layers);
    if (rows.size() != layers) node.fail("must have one row for each of the " + std::to_string(layers) + " layers.");
    std::vector<float> bounds;
    for (const auto& row : rows) {
        const auto cells = row.items(columns);
        if (cells.size() != columns) row.fail("must have " + std::to_string(columns) + " numbers.");
        for (const auto& cell : cells) {
            bounds.push_back(float(cell.number()));
            if (!std::isfinite(bounds.back())) cell.fail("is too large for a float32 number.");
        }
    }
    return bounds;
}

ActivationRanges readActivations(const Node& node, int columns) {
    node.requireKeys({"layers", "lo", "hi"});
    ActivationRanges activations;
    activations.columns = columns;
    for (const auto& layer : node["layers"].items(kMostBlocks)) activations.layers.push_back(layer.text());
    const auto low = readBounds(node["lo"], activations.layers.size(), std::size_t(columns));
    const auto high = readBounds(node["hi"], activations.layers.size(), std::size_t(columns));
    for (std::size_t i = 0; i < low.size(); ++i) {
        if (low[i] > high[i]) node.fail("has a smallest value above the largest.");
        activations.ranges.push_back({low[i], high[i]});
    }
    return activations;
}

UniformResult readUniform(const Node& node, int columns) {
    node.requireKeys({"format", "first_run", "runs", "db"});
    UniformResult result;
    result.format = node["format"].parsed(quant::parseFormat);
    result.columns.first = node["first_run"].integer(0, columns - 1);
    result.columns.count = node["runs"].integer(1, columns - result.columns.first);
    result.db = readCell(node["db"]);
    return result;
}

} // namespace

std::string toJson(const Analysis& analysis) {
    auto blocks = OrderedJson::array();
    for (const auto& block : analysis.blocks)
        blocks.push_back({{"id", block.id}, {"layers", block.layers}, {"params", block.parameters}});
    auto maps = OrderedJson::array();
    for (const auto& map : analysis.maps) maps.push_back(mapJson(map));
    const Metric first = analysis.settings.metrics.front();
    for (const auto& [metric, floor] : analysis.floors)
        if (metric != first) maps.push_back(mapJson(metric, {}, floor));
    OrderedJson json{{"noisefloor_analysis", kVersion},
                     {"model", {{"name", analysis.model.name}, {"fingerprint", analysis.model.fingerprint}}},
                     {"settings", settingsJson(analysis.settings)},
                     {"blocks", std::move(blocks)},
                     {"timesteps", analysis.timesteps},
                     {"maps", std::move(maps)}};
    const auto floor = analysis.floors.find(first);
    if (floor != analysis.floors.end()) json["floor"] = gridJson(floor->second, cellJson);
    if (analysis.activations) json["activations"] = activationsJson(*analysis.activations);
    for (const auto& result : analysis.uniform) json["uniform"].push_back(uniformJson(result));
    json["timing"] = OrderedJson(analysis.timingSeconds);
    return json.dump() + "\n";
}

Analysis parseAnalysis(std::string_view text, const std::string& file) {
    const Json json = ldm::parseJson(text, file);
    const ldm::JsonSource source{file, "the analysis", "make the analysis again"};
    const Node root(json, source);
    if (!json.is_object() || !json.contains("noisefloor_analysis"))
        throw ldm::badInput(file + " is not an analysis (it lacks 'noisefloor_analysis'); give a *.analysis.json.");
    root["noisefloor_analysis"].integer(kVersion, kVersion);
    root.requireKeys({"noisefloor_analysis", "model", "settings", "blocks", "timesteps", "maps"},
                     {"floor", "timing", "uniform", "activations"});
    Analysis analysis;
    root["model"].requireKeys({"name", "fingerprint"});
    analysis.model = {root["model"]["name"].text(), root["model"]["fingerprint"].text()};
    analysis.settings = readSettings(root["settings"]);
    for (const auto& block : root["blocks"].items(kMostBlocks)) analysis.blocks.push_back(readBlock(block));
    analysis.timesteps = readTimesteps(root["timesteps"]);
    requireReasonable(analysis, file);
    layOut(analysis);
    std::set<std::pair<Metric, quant::Format>> seen;
    if (root.has("floor")) {
        const Metric first = analysis.settings.metrics.front();
        if (!analysis.floors.count(first)) root["floor"].fail("belongs to a metric without a noise floor.");
        seen.emplace(first, quant::Format{});
        auto& floor = analysis.floors.at(first);
        floor = readGrid(root["floor"], floor.rows, floor.columns, readCell);
    }
    for (const auto& map : root["maps"].items(1000)) readMap(map, analysis, seen);
    if (root.has("activations"))
        analysis.activations = readActivations(root["activations"], int(analysis.timesteps.size()));
    if (root.has("uniform"))
        for (const auto& result : root["uniform"].items(1000))
            analysis.uniform.push_back(readUniform(result, int(analysis.timesteps.size())));
    if (root.has("timing"))
        for (const auto& stage : root["timing"].keys()) analysis.timingSeconds[stage] = root["timing"][stage].number();
    return analysis;
}

void saveAnalysis(const Analysis& analysis, const std::filesystem::path& file) {
    ldm::writeTextFile(file, toJson(analysis));
}

Analysis loadAnalysis(const std::filesystem::path& file) {
    return parseAnalysis(ldm::readTextFile(file), file.string());
}

} // namespace analysis
