#include <analysis/sqnr.h>

#include <ldm/error.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace analysis {

namespace {

constexpr std::array<std::pair<Metric, std::string_view>, 7> kMetricNames{{{Metric::Weights, "weights"},
                                                                           {Metric::Local, "local"},
                                                                           {Metric::Output, "output"},
                                                                           {Metric::Others, "others"},
                                                                           {Metric::Accumulated, "accumulated"},
                                                                           {Metric::Final, "final"},
                                                                           {Metric::Information, "information"}}};

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

std::string_view nameOf(Level level) {
    return level == Level::Layer ? "layer" : "block";
}

Level parseLevel(std::string_view name) {
    for (const auto level : {Level::Block, Level::Layer})
        if (nameOf(level) == name) return level;
    throw ldm::badInput("'" + std::string(name) + "' is no level; use block or layer.");
}

std::string_view nameOf(Metric metric) {
    const auto found = std::find_if(kMetricNames.begin(), kMetricNames.end(),
                                    [metric](const auto& entry) { return entry.first == metric; });
    return found->second;
}

Metric parseMetric(std::string_view name) {
    for (const auto& [metric, known] : kMetricNames)
        if (known == name) return metric;
    throw ldm::badInput("'" + std::string(name) +
                        "' is no metric; use weights, local, output, others, accumulated, final or information.");
}

std::vector<Metric> parseMetrics(std::string_view text) {
    std::vector<Metric> metrics;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const Metric metric = parseMetric(trimmed(text.substr(begin, end - begin)));
        if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
        begin = end + 1;
    }
    return metrics;
}

bool isShare(Metric metric) {
    return metric == Metric::Information;
}

bool hasFloor(Metric metric) {
    return metric != Metric::Weights && !isShare(metric);
}

bool Grid::complete() const {
    return std::none_of(db.begin(), db.end(), [](double value) { return std::isnan(value); });
}

bool Grid::rowComplete(int row) const {
    const auto first = db.begin() + std::ptrdiff_t(row) * columns;
    return std::none_of(first, first + columns, [](double value) { return std::isnan(value); });
}

std::vector<Columns> thirdsOf(int columns) {
    std::vector<Columns> thirds;
    for (int third = 0; third < 3; ++third) {
        const int first = columns * third / 3;
        const int end = columns * (third + 1) / 3;
        if (end > first) thirds.push_back({first, end - first});
    }
    return thirds;
}

const SqnrMap* Analysis::find(Metric metric, quant::Format format) const {
    const auto found = std::find_if(maps.begin(), maps.end(),
                                    [&](const SqnrMap& map) { return map.metric == metric && map.format == format; });
    return found == maps.end() ? nullptr : &*found;
}

std::vector<UniformResult> missingUniform(const Analysis& analysis) {
    const int columns = int(analysis.timesteps.size());
    std::vector<Columns> stretches = thirdsOf(columns);
    if (stretches.size() == 1) stretches.clear(); // the whole itself
    stretches.insert(stretches.begin(), {0, columns});
    std::vector<UniformResult> missing;
    for (const SqnrMap& map : analysis.maps) {
        if (map.metric != Metric::Final) continue;
        for (const Columns stretch : stretches) {
            const bool isKnown =
                std::any_of(analysis.uniform.begin(), analysis.uniform.end(), [&](const UniformResult& known) {
                    return known.format == map.format && known.columns == stretch;
                });
            if (!isKnown) missing.push_back({map.format, stretch, kNotMeasured});
        }
    }
    return missing;
}

bool Analysis::complete() const {
    return missingUniform(*this).empty() &&
           std::all_of(maps.begin(), maps.end(), [](const SqnrMap& map) { return map.grid.complete(); }) &&
           std::all_of(floors.begin(), floors.end(), [](const auto& floor) { return floor.second.complete(); });
}

} // namespace analysis
