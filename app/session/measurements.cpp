#include <app/session/measurements.h>

#include <algorithm>

namespace app::session {

namespace {

constexpr std::size_t kKept = 256;

/// Without all that leaves the numbers alone.
quant::Recipe bare(quant::Recipe recipe) {
    recipe.name.clear();
    recipe.model = {};
    recipe.provenance = {};
    for (quant::Rule& rule : recipe.rules) rule.why.clear();
    return recipe;
}

analysis::AnalysisSettings bare(analysis::AnalysisSettings inputs) {
    inputs.level = {};
    inputs.metrics.clear();
    inputs.formats.clear();
    return inputs;
}

} // namespace

void Measurements::note(const quant::Recipe& recipe, const analysis::AnalysisSettings& inputs, double db) {
    m_entries.insert(m_entries.begin(), {bare(recipe), bare(inputs), db});
    if (m_entries.size() > kKept) m_entries.pop_back();
    Q_EMIT changed();
}

std::optional<double> Measurements::find(const quant::Recipe& recipe, const analysis::AnalysisSettings& inputs) const {
    if (m_entries.empty()) return std::nullopt;
    const quant::Recipe wanted = bare(recipe);
    const analysis::AnalysisSettings wantedInputs = bare(inputs);
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
        return entry.recipe == wanted && entry.inputs == wantedInputs;
    });
    return found == m_entries.end() ? std::nullopt : std::optional(found->db);
}

void Measurements::clear() {
    m_entries.clear();
    Q_EMIT changed();
}

} // namespace app::session
