#include <analysis/sqnr.h>

#include "layout.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace analysis {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr int kMostClipSkip = 100;
constexpr std::size_t kMostBlocks = 10000;
constexpr std::size_t kMostCells = std::size_t{1} << 24; ///< of all maps; a small file must not ask for much memory
constexpr int kMostSteps = 1000;
constexpr int kMostRuns = 2 * kMostSteps; ///< some samplers run most timesteps twice

// ---- writing

OrderedJson cellJson(double db) {
    if (std::isnan(db)) return nullptr;
    if (std::isinf(db)) return "exact";
    return db;
}

OrderedJson gridJson(const Grid& grid) {
    auto rows = OrderedJson::array();
    for (int row = 0; row < grid.rows; ++row) {
        auto cells = OrderedJson::array();
        for (int column = 0; column < grid.columns; ++column) cells.push_back(cellJson(grid.at(row, column)));
        rows.push_back(std::move(cells));
    }
    return rows;
}

OrderedJson settingsJson(const AnalysisSettings& settings) {
    auto metrics = OrderedJson::array();
    for (const auto metric : settings.metrics) metrics.push_back(nameOf(metric));
    auto formats = OrderedJson::array();
    for (const auto format : settings.formats) formats.push_back(quant::toString(format));
    return {{"metrics", metrics},
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
            {"weighted_prompts", settings.weightedPrompts}};
}

OrderedJson mapJson(Metric metric, quant::Format format, const Grid& grid) {
    return {{"metric", nameOf(metric)}, {"format", quant::toString(format)}, {"db", gridJson(grid)}};
}

// ---- reading

/// A JSON value with its place, so that every complaint can name it.
class Node {
public:
    Node(const Json& json, std::string file, std::string place = {})
        : m_json(json), m_file(std::move(file)), m_place(std::move(place)) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw ldm::badInput(m_file + ": " + (m_place.empty() ? "the analysis" : m_place) + " " + what);
    }

    /// An object with exactly these keys, of which `optional` ones may be absent.
    void requireKeys(const std::set<std::string>& required, const std::set<std::string>& optional = {}) const {
        if (!m_json.is_object()) fail("must be an object.");
        for (const auto& [key, value] : m_json.items())
            if (!required.count(key) && !optional.count(key)) fail("has the unknown key '" + key + "'; remove it.");
        for (const auto& key : required)
            if (!m_json.contains(key)) fail("lacks the key '" + key + "'; make the analysis again.");
    }
    bool has(const char* key) const { return m_json.contains(key); }
    Node operator[](const std::string& key) const {
        return {m_json.at(key), m_file, m_place.empty() ? key : m_place + "." + key};
    }
    std::vector<Node> items(std::size_t most) const {
        if (!m_json.is_array()) fail("must be an array.");
        if (m_json.size() > most) fail("has more than " + std::to_string(most) + " entries.");
        std::vector<Node> nodes;
        for (std::size_t i = 0; i < m_json.size(); ++i)
            nodes.emplace_back(m_json[i], m_file, m_place + "[" + std::to_string(i) + "]");
        return nodes;
    }
    std::vector<std::string> keys() const {
        if (!m_json.is_object()) fail("must be an object.");
        std::vector<std::string> all;
        for (const auto& [key, value] : m_json.items()) all.push_back(key);
        return all;
    }
    std::string text() const {
        if (!m_json.is_string()) fail("must be a text.");
        return m_json.get<std::string>();
    }
    bool isNull() const { return m_json.is_null(); }
    bool flag() const {
        if (!m_json.is_boolean()) fail("must be true or false.");
        return m_json.get<bool>();
    }
    double number() const {
        if (!m_json.is_number()) fail("must be a number.");
        return m_json.get<double>();
    }
    template <typename Integer> Integer integer(Integer least, Integer most) const {
        const bool unsignedFits = m_json.is_number_unsigned() && m_json.get<std::uint64_t>() <= std::uint64_t(most) &&
                                  (least <= 0 || m_json.get<std::uint64_t>() >= std::uint64_t(least));
        const bool negativeFits = m_json.is_number_integer() && !m_json.is_number_unsigned() &&
                                  m_json.get<std::int64_t>() >= std::int64_t(least);
        if (!unsignedFits && !negativeFits)
            fail("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
        return m_json.get<Integer>();
    }
    /// Runs a parser of ldm or quant on the text; its complaint gets the place in front.
    template <typename Parser> auto parsed(Parser parser) const {
        try {
            return parser(text());
        } catch (const ldm::Error& error) {
            fail(std::string("is wrong: ") + error.what());
        }
    }
    double cell() const {
        if (m_json.is_null()) return kNotMeasured;
        if (m_json.is_string() && m_json.get_ref<const std::string&>() == "exact") return kExact;
        if (!m_json.is_number()) fail("must be a number of decibels, null or \"exact\".");
        return m_json.get<double>();
    }

private:
    const Json& m_json;
    std::string m_file;
    std::string m_place;
};

template <typename Value> void requireDistinct(const Node& node, std::vector<Value> values) {
    std::sort(values.begin(), values.end());
    if (std::adjacent_find(values.begin(), values.end()) != values.end()) node.fail("holds the same entry twice.");
}

Grid readGrid(const Node& node, int rows, int columns) {
    const auto lines = node.items(std::size_t(rows));
    if (lines.size() != std::size_t(rows))
        node.fail("has " + std::to_string(lines.size()) + " rows for " + std::to_string(rows) + " blocks.");
    Grid grid(rows, columns);
    for (int row = 0; row < rows; ++row) {
        const auto cells = lines[std::size_t(row)].items(std::size_t(columns));
        if (cells.size() != std::size_t(columns))
            lines[std::size_t(row)].fail("has " + std::to_string(cells.size()) + " cells for " +
                                         std::to_string(columns) + " timesteps.");
        for (int column = 0; column < columns; ++column) grid.at(row, column) = cells[std::size_t(column)].cell();
    }
    return grid;
}

AnalysisSettings readSettings(const Node& node) {
    node.requireKeys({"metrics", "formats", "prompts", "negative", "scheduler", "steps", "guidance", "seed", "width",
                      "height", "calibration", "latents"},
                     {"eta", "clip_skip", "weighted_prompts"});
    AnalysisSettings settings;
    settings.metrics.clear();
    for (const auto& item : node["metrics"].items(3)) settings.metrics.push_back(item.parsed(parseMetric));
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

/// Puts one entry of "maps" where it belongs: into a map, or into the floors.
void readMap(const Node& node, Analysis& analysis, std::set<std::pair<Metric, quant::Format>>& seen) {
    node.requireKeys({"metric", "format", "db"});
    const auto metric = node["metric"].parsed(parseMetric);
    const auto format = node["format"].parsed(quant::parseFormat);
    if (!seen.emplace(metric, format).second) node.fail("repeats the metric and format of another map.");
    Grid* grid = nullptr;
    if (format == quant::Format{}) {
        const auto floor = analysis.floors.find(metric);
        if (floor != analysis.floors.end()) grid = &floor->second;
    }
    for (auto& map : analysis.maps)
        if (map.metric == metric && map.format == format) grid = &map.grid;
    if (!grid) node.fail("is of a metric or format that the settings do not name.");
    *grid = readGrid(node["db"], grid->rows, grid->columns);
}

} // namespace

std::string toJson(const Analysis& analysis) {
    auto blocks = OrderedJson::array();
    for (const auto& block : analysis.blocks)
        blocks.push_back({{"id", block.id}, {"layers", block.layers}, {"params", block.parameters}});
    auto maps = OrderedJson::array();
    for (const auto& map : analysis.maps) maps.push_back(mapJson(map.metric, map.format, map.grid));
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
    if (floor != analysis.floors.end()) json["floor"] = gridJson(floor->second);
    json["timing"] = OrderedJson(analysis.timingSeconds);
    return json.dump() + "\n";
}

Analysis parseAnalysis(std::string_view text, const std::string& file) {
    const Json json = ldm::parseJson(text, file);
    const Node root(json, file);
    if (!json.is_object() || !json.contains("noisefloor_analysis"))
        throw ldm::badInput(file + " is not an analysis (it lacks 'noisefloor_analysis'); give a *.analysis.json.");
    root["noisefloor_analysis"].integer(kVersion, kVersion);
    root.requireKeys({"noisefloor_analysis", "model", "settings", "blocks", "timesteps", "maps"}, {"floor", "timing"});
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
        seen.emplace(first, quant::Format{});
        auto& floor = analysis.floors.at(first);
        floor = readGrid(root["floor"], floor.rows, floor.columns);
    }
    for (const auto& map : root["maps"].items(1000)) readMap(map, analysis, seen);
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
