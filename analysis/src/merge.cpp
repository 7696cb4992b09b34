#include <analysis/merge.h>

#include <analysis/analyze.h>

#include <algorithm>
#include <cmath>

namespace analysis {

namespace {

template <class Value> void addMissing(std::vector<Value>& values, const Value& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

/// Replaces the value that `isSame` finds.
template <class Value, class IsSame>
void replaceOrAdd(std::vector<Value>& values, const Value& value, const IsSame& isSame) {
    const auto found = std::find_if(values.begin(), values.end(), isSame);
    if (found == values.end())
        values.push_back(value);
    else
        *found = value;
}

void addUniform(Analysis& known, const std::vector<UniformResult>& results) {
    for (const UniformResult& result : results)
        replaceOrAdd(known.uniform, result, [&](const UniformResult& other) {
            return other.format == result.format && other.columns == result.columns;
        });
}

/// Cells that are not known yet are filled in.
void fill(Grid& grid, const Grid& known) {
    for (std::size_t cell = 0; cell < grid.db.size(); ++cell)
        if (std::isnan(grid.db[cell])) grid.db[cell] = known.db[cell];
}

void setCells(Grid& grid, int row, const std::vector<double>& values) {
    for (int column = 0; column < grid.columns; ++column) grid.at(row, column) = values[std::size_t(column)];
}

/// The settings without what may differ. Older files know the latents by name only.
AnalysisSettings inputsOf(AnalysisSettings settings, bool latentsByName) {
    settings.metrics.clear();
    settings.formats.clear();
    if (latentsByName)
        settings.latentsHash.clear();
    else
        settings.latents.clear();
    return settings;
}

} // namespace

bool sameInputs(const Analysis& a, const Analysis& b) {
    const bool latentsByName = a.settings.latentsHash.empty() || b.settings.latentsHash.empty();
    return a.model.fingerprint == b.model.fingerprint && a.blocks == b.blocks && a.timesteps == b.timesteps &&
           inputsOf(a.settings, latentsByName) == inputsOf(b.settings, latentsByName);
}

Analysis withKnownValues(Analysis fresh, const Analysis& known) {
    if (!sameInputs(fresh, known)) return fresh;
    for (SqnrMap& map : fresh.maps)
        if (const SqnrMap* before = known.find(map.metric, map.format)) {
            fill(map.grid, before->grid);
            fill(map.spread, before->spread);
        }
    for (auto& [metric, floor] : fresh.floors) {
        const auto before = known.floors.find(metric);
        if (before != known.floors.end()) fill(floor, before->second);
    }
    if (known.activations) fresh.activations = known.activations;
    for (const UniformResult& result : known.uniform) {
        const auto& formats = fresh.settings.formats;
        if (std::find(formats.begin(), formats.end(), result.format) != formats.end()) addUniform(fresh, {result});
    }
    if (fresh.complete()) fresh.timingSeconds = known.timingSeconds;
    return fresh;
}

Analysis merged(Analysis known, const Analysis& fresh) {
    if (!sameInputs(known, fresh)) return fresh;
    known.settings.latents = fresh.settings.latents;
    known.settings.latentsHash = fresh.settings.latentsHash;
    for (const SqnrMap& map : fresh.maps) {
        replaceOrAdd(known.maps, map,
                     [&](const SqnrMap& other) { return other.metric == map.metric && other.format == map.format; });
        addMissing(known.settings.metrics, map.metric);
        addMissing(known.settings.formats, map.format);
    }
    for (const auto& [metric, floor] : fresh.floors) known.floors[metric] = floor;
    if (fresh.activations) known.activations = fresh.activations;
    addUniform(known, fresh.uniform);
    for (const auto& [stage, seconds] : fresh.timingSeconds) known.timingSeconds[stage] = seconds;
    return known;
}

bool setRow(Analysis& analysis, const RowMeasured& row) {
    Grid* grid = nullptr;
    Grid* spread = nullptr;
    for (SqnrMap& map : analysis.maps)
        if (map.metric == row.metric && map.format == row.format) {
            grid = &map.grid;
            spread = &map.spread;
        }
    const auto floor = analysis.floors.find(row.metric);
    if (!grid && row.format == quant::Format{} && floor != analysis.floors.end()) grid = &floor->second;
    if (!grid || row.row < 0 || row.row >= grid->rows || int(row.db.size()) != grid->columns) return false;
    setCells(*grid, row.row, row.db);
    if (spread && spread->columns == int(row.spread.size())) setCells(*spread, row.row, row.spread);
    return true;
}

} // namespace analysis
