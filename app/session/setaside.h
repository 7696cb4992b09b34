#pragma once

#include <analysis/sqnr.h>

#include <optional>
#include <vector>

namespace app::session {

/// Analyses of the present model that were measured in another way than the one in use: another level, prompt, sampler
/// or device. They wait here until the work returns to them. GUI thread.
class SetAside {
public:
    /// Those that were in use longest ago go beyond that many.
    static constexpr std::size_t kMost = 16;

    /// The one that was in use longest ago first.
    const std::vector<analysis::Analysis>& all() const { return m_analyses; }
    /// An analysis without any value is not kept.
    void put(analysis::Analysis analysis);
    /// Takes out the one whose values mean the same, see analysis::sameInputs().
    std::optional<analysis::Analysis> takeLike(const analysis::Analysis& analysis);
    /// Takes out the one measured with these inputs; metrics and formats say nothing.
    std::optional<analysis::Analysis> takeMeasuredWith(const analysis::AnalysisSettings& inputs);
    /// Takes out the one that was in use longest ago.
    std::optional<analysis::Analysis> takeOldest();
    void clear() { m_analyses.clear(); }

private:
    template <class IsMeant> std::optional<analysis::Analysis> takeFirst(const IsMeant& isMeant);

    std::vector<analysis::Analysis> m_analyses;
};

} // namespace app::session
