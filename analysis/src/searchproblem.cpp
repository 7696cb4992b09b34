#include "searchproblem.h"

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

namespace analysis {

namespace {

/// Ways to treat one group; more would not be looked through at the pace of a slider.
constexpr std::size_t kMostChoices = 1000;

/// The thirds of the steps, or all of them; steps at the same training timestep stay together.
std::vector<Part> partsOf(const std::vector<int>& timesteps, bool timeRanges) {
    const int columns = int(timesteps.size());
    std::vector<Part> parts{{{0, columns}, {0, kTrainingTimesteps - 1}}};
    if (!timeRanges) return parts;
    for (const Columns& third : thirdsOf(columns)) {
        int first = third.first;
        while (first > 0 && first < columns && timesteps[std::size_t(first)] == timesteps[std::size_t(first - 1)])
            ++first;
        Part& last = parts.back();
        if (first <= last.columns.first || first >= columns) continue;
        // Half way between the neighbours, so that the parts mean the same to samplers with other timesteps.
        const int middle = (timesteps[std::size_t(first)] + timesteps[std::size_t(first - 1)]) / 2;
        parts.push_back({{first, columns - first}, {0, middle}});
        Part& before = parts[parts.size() - 2];
        before.columns.count = first - before.columns.first;
        before.timesteps[0] = middle + 1;
    }
    return parts;
}

std::string named(const std::string& id) {
    return "'" + id + "'";
}

[[noreturn]] void refuseUntimed(const Option& option) {
    std::set<std::string> formats;
    for (const quant::Format format : option.formats) formats.insert(quant::toString(format));
    std::string list;
    for (const std::string& format : formats) list += (list.empty() ? "" : ", ") + format;
    throw ldm::badInput("The speed of " + list + " was not measured on this machine; measure it, or leave it out.");
}

} // namespace

SearchProblem::SearchProblem(Analysis analysis, ldm::ModelInfo model, SearchSpace space)
    : m_analysis(std::move(analysis)), m_model(std::move(model)), m_formats(std::move(space.formats)),
      m_latency(std::move(space.latency)) {
    if (m_analysis.timesteps.empty() || m_analysis.blocks.empty())
        throw ldm::badInput("The analysis describes nothing to search; make one with the analyze verb.");
    if (m_analysis.model.fingerprint != m_model.fingerprint)
        throw ldm::badInput("The analysis was made for another model than " + named(m_model.name) +
                            "; open that one, or analyze this one.");
    if (m_latency) requireOf(*m_latency, m_model);
    if (m_formats.empty()) m_formats = m_analysis.settings.formats;
    m_parts = partsOf(m_analysis.timesteps, space.timeRanges);
    std::vector<quant::Format> all = m_formats;
    for (const Lock& lock : space.locked) all.push_back(lock.format);
    m_noise = std::make_unique<NoiseModel>(m_analysis, m_model, all);
    std::unordered_map<std::string, int> indices;
    for (std::size_t i = 0; i < m_model.layers.size(); ++i) indices.emplace(m_model.layers[i].name, int(i));
    for (const BlockRow& row : m_analysis.blocks) {
        auto& layers = m_layers.emplace_back();
        for (const std::string& name : row.layers) {
            const auto found = indices.find(name);
            if (found == indices.end())
                throw ldm::badInput("The analysis names the layer " + named(name) + ", which model " +
                                    named(m_model.name) + " lacks; open the model it was made for.");
            layers.push_back(found->second);
        }
    }
    for (const ldm::LayerInfo& layer : m_model.layers) {
        m_operations.push_back(
            static_cast<double>(ldm::macs(layer, m_model.defaultHeight / m_model.vaeScale,
                                          m_model.defaultWidth / m_model.vaeScale, m_model.contextTokens)));
        m_elements += static_cast<double>(layer.weights());
    }
    requireMeasured(space.locked);
    group();
    lock(space.locked);
    const auto formats = choices();
    for (RowGroup& each : m_groups)
        if (!each.locked)
            for (const auto& choice : formats) each.options.push_back(option(each, choice));
}

void SearchProblem::requireMeasured(const std::vector<Lock>& locks) const {
    const auto require = [this](int row, quant::Format format, const char* otherwise) {
        if (!std::isnan(m_noise->noise(row, format))) return;
        throw ldm::badInput("The analysis does not tell the noise of " + quant::toString(format) + " in " +
                            named(m_analysis.blocks[std::size_t(row)].id) + "; analyze that format, too, or " +
                            otherwise);
    };
    for (const Lock& lock : locks)
        for (const int row : rowsOf(lock)) require(row, lock.format, "lock it to another.");
    for (const quant::Format format : std::set<quant::Format>(m_formats.begin(), m_formats.end()))
        for (int row = 0; row < int(m_analysis.blocks.size()); ++row)
            require(row, format, "leave it out of the search.");
}

/// Rows by what must agree: query, key and value of one attention where rows are layers.
void SearchProblem::group() {
    std::map<std::string, std::size_t> attentions;
    for (int row = 0; row < int(m_layers.size()); ++row) {
        const auto& layers = m_layers[std::size_t(row)];
        const std::string attention =
            layers.size() == 1 ? quant::attentionOf(m_model.layers[std::size_t(layers.front())].name) : std::string{};
        const auto known = attention.empty() ? attentions.end() : attentions.find(attention);
        if (known == attentions.end()) {
            if (!attention.empty()) attentions.emplace(attention, m_groups.size());
            m_groups.emplace_back();
        }
        RowGroup& joined = known == attentions.end() ? m_groups.back() : m_groups[known->second];
        joined.rows.push_back(row);
        for (const int layer : layers)
            joined.weights += static_cast<double>(m_model.layers[std::size_t(layer)].weights());
    }
}

std::vector<int> SearchProblem::rowsOf(const Lock& lock) const {
    std::vector<int> rows;
    for (int row = 0; row < int(m_layers.size()); ++row) {
        const auto& layers = m_layers[std::size_t(row)];
        const bool inBlock = std::all_of(layers.begin(), layers.end(), [&](int layer) {
            return m_model.layers[std::size_t(layer)].block == lock.id;
        });
        if (m_analysis.blocks[std::size_t(row)].id == lock.id || (inBlock && !layers.empty())) rows.push_back(row);
    }
    if (!rows.empty()) return rows;
    const int layer = m_model.layerIndex(lock.id);
    if (layer >= 0)
        throw ldm::badInput("The lock of layer " + named(lock.id) + " cannot be kept by an analysis of blocks; lock " +
                            named(m_model.layers[std::size_t(layer)].block) + " or analyze by layer.");
    throw ldm::badInput("There is no block or layer " + named(lock.id) + " to lock; take a name from 'inspect'.");
}

/// Groups with a locked row get that one option.
void SearchProblem::lock(const std::vector<Lock>& locks) {
    std::map<int, const Lock*> lockOfRow;
    for (const Lock& each : locks)
        for (const int row : rowsOf(each)) {
            const auto [known, isNew] = lockOfRow.emplace(row, &each);
            if (!isNew && known->second->format != each.format)
                throw ldm::badInput(named(m_analysis.blocks[std::size_t(row)].id) + " is locked both to " +
                                    quant::toString(known->second->format) + " and to " + quant::toString(each.format) +
                                    "; keep one of the locks.");
        }
    for (RowGroup& group : m_groups) {
        const Lock* first = nullptr;
        for (const int row : group.rows) {
            const auto found = lockOfRow.find(row);
            if (found == lockOfRow.end()) continue;
            if (first && first->format != found->second->format)
                throw ldm::badInput(
                    "The locks of " + named(first->id) + " and " + named(found->second->id) +
                    " conflict: query, key and value of one attention share a format; lock them alike.");
            first = found->second;
        }
        if (!first) continue;
        group.locked = true;
        group.options = {option(group, std::vector<quant::Format>(m_parts.size(), first->format))};
    }
}

/// Formats by part, all ways: weights stay the same over time, activations need not.
std::vector<std::vector<quant::Format>> SearchProblem::choices() const {
    std::vector<std::vector<quant::Format>> all;
    for (const quant::Format first : m_formats) all.push_back({first});
    for (std::size_t part = 1; part < m_parts.size(); ++part) {
        std::vector<std::vector<quant::Format>> longer;
        for (const auto& choice : all)
            for (const quant::Format next : m_formats) {
                if (next.weights != choice.front().weights) continue;
                longer.push_back(choice);
                longer.back().push_back(next);
            }
        all = std::move(longer);
    }
    if (all.size() > kMostChoices)
        throw ldm::badInput("The formats can be combined over time in " + std::to_string(all.size()) +
                            " ways; name fewer formats or leave out the time ranges.");
    return all;
}

Option SearchProblem::option(const RowGroup& group, const std::vector<quant::Format>& formats) const {
    Option option{formats, 0, 0, 0, 0};
    for (const int row : group.rows) {
        for (const int index : m_layers[std::size_t(row)]) {
            const ldm::LayerInfo& layer = m_model.layers[std::size_t(index)];
            option.bytes += static_cast<double>(quant::weightBytes(layer, formats.front().weights));
            for (std::size_t part = 0; part < m_parts.size(); ++part) {
                const auto [first, last] = m_parts[part].timesteps;
                const double share = double(last - first + 1) / kTrainingTimesteps;
                const auto weights = quant::storedAs(formats[part].weights, layer.weightShape);
                option.bops += m_operations[std::size_t(index)] * share * quant::bits(weights) *
                               quant::bits(formats[part].activations);
                option.seconds += share * secondsOf(index, formats[part]);
            }
        }
        std::vector<Stretch> stretches;
        for (std::size_t part = 0; part < m_parts.size(); ++part)
            stretches.push_back({m_parts[part].columns, formats[part]});
        option.noise += m_noise->noise(row, stretches);
    }
    if (std::isnan(option.noise)) option.noise = std::numeric_limits<double>::infinity();
    return option;
}

double SearchProblem::secondsOf(int layer, quant::Format format) const {
    const FormatLatency* timed = m_latency ? m_latency->find(format) : nullptr;
    return timed ? timed->seconds[std::size_t(layer)] : kNotMeasured;
}

double SearchProblem::secondsOf(const quant::Plan& plan) const {
    return m_latency ? m_latency->seconds(plan).value_or(kNotMeasured) : kNotMeasured;
}

const std::string& SearchProblem::blockOf(const RowGroup& group) const {
    const auto row = std::size_t(group.rows.front());
    return m_layers[row].empty() ? m_analysis.blocks[row].id : m_model.layers[std::size_t(m_layers[row].front())].block;
}

std::vector<CandidateGroup> SearchProblem::candidates(double Option::*cost) const {
    std::vector<CandidateGroup> groups;
    for (const RowGroup& group : m_groups) {
        auto& candidates = groups.emplace_back();
        for (const Option& option : group.options) {
            if (std::isnan(option.*cost)) refuseUntimed(option);
            candidates.push_back({option.*cost, option.noise});
        }
    }
    return groups;
}

} // namespace analysis
