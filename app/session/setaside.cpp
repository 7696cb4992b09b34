#include <app/session/setaside.h>

#include <analysis/merge.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace app::session {

namespace {

bool hasValues(const analysis::Analysis& analysis) {
    return std::any_of(analysis.maps.begin(), analysis.maps.end(), [](const analysis::SqnrMap& map) {
        return std::any_of(map.grid.db.begin(), map.grid.db.end(), [](double db) { return !std::isnan(db); });
    });
}

analysis::AnalysisSettings inputsOf(analysis::AnalysisSettings settings) {
    settings.metrics.clear();
    settings.formats.clear();
    return settings;
}

} // namespace

void SetAside::put(analysis::Analysis analysis) {
    if (!hasValues(analysis)) return;
    m_analyses.push_back(std::move(analysis));
    if (m_analyses.size() > kMost) m_analyses.erase(m_analyses.begin());
}

template <class IsMeant> std::optional<analysis::Analysis> SetAside::takeFirst(const IsMeant& isMeant) {
    const auto found = std::find_if(m_analyses.begin(), m_analyses.end(), isMeant);
    if (found == m_analyses.end()) return std::nullopt;
    analysis::Analysis taken = std::move(*found);
    m_analyses.erase(found);
    return taken;
}

std::optional<analysis::Analysis> SetAside::takeLike(const analysis::Analysis& analysis) {
    return takeFirst([&analysis](const analysis::Analysis& other) { return analysis::sameInputs(other, analysis); });
}

std::optional<analysis::Analysis> SetAside::takeMeasuredWith(const analysis::AnalysisSettings& inputs) {
    const analysis::AnalysisSettings wanted = inputsOf(inputs);
    return takeFirst([&wanted](const analysis::Analysis& other) { return inputsOf(other.settings) == wanted; });
}

std::optional<analysis::Analysis> SetAside::takeOldest() {
    return takeFirst([](const analysis::Analysis&) { return true; });
}

} // namespace app::session
