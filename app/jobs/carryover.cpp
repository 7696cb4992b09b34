#include <app/jobs/carryover.h>

#include <algorithm>

namespace app::jobs {

namespace {

template <class Value> void addMissing(std::vector<Value>& values, const Value& value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

void replaceOrAdd(std::vector<analysis::SqnrMap>& maps, const analysis::SqnrMap& map) {
    const auto same = [&map](const analysis::SqnrMap& other) {
        return other.metric == map.metric && other.format == map.format;
    };
    const auto found = std::find_if(maps.begin(), maps.end(), same);
    if (found == maps.end())
        maps.push_back(map);
    else
        *found = map;
}

} // namespace

bool sameInputs(const analysis::Analysis& a, const analysis::Analysis& b) {
    analysis::AnalysisSettings settings = b.settings;
    settings.metrics = a.settings.metrics;
    settings.formats = a.settings.formats;
    return a.model.fingerprint == b.model.fingerprint && a.blocks == b.blocks && a.timesteps == b.timesteps &&
           a.settings == settings;
}

analysis::Analysis withKnownValues(analysis::Analysis fresh, const analysis::Analysis& known) {
    if (!sameInputs(fresh, known)) return fresh;
    for (analysis::SqnrMap& map : fresh.maps)
        if (const analysis::SqnrMap* before = known.find(map.metric, map.format)) map.grid = before->grid;
    for (auto& [metric, floor] : fresh.floors) {
        const auto before = known.floors.find(metric);
        if (before != known.floors.end()) floor = before->second;
    }
    return fresh;
}

analysis::Analysis merged(analysis::Analysis known, const analysis::Analysis& fresh) {
    if (!sameInputs(known, fresh)) return fresh;
    for (const analysis::SqnrMap& map : fresh.maps) {
        replaceOrAdd(known.maps, map);
        addMissing(known.settings.metrics, map.metric);
        addMissing(known.settings.formats, map.format);
    }
    for (const auto& [metric, floor] : fresh.floors) known.floors[metric] = floor;
    for (const auto& [stage, seconds] : fresh.timingSeconds) known.timingSeconds[stage] = seconds;
    return known;
}

} // namespace app::jobs
