#include "joining.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace analysis {

ldm::UNetState Joiner::join(const std::vector<const Walk*>& walks, int stage) {
    std::map<const void*, at::Tensor> joined;
    const auto stateOf = [&](const Walk* walk) -> const ldm::UNetState& { return (*walk)[std::size_t(stage)]; };
    const auto join = [&](auto pick) {
        const void* key = pick(stateOf(walks.front())).unsafeGetTensorImpl();
        if (m_joined.count(key)) joined[key] = m_joined[key];
        if (!joined.count(key)) {
            std::vector<at::Tensor> parts;
            for (const Walk* walk : walks) parts.push_back(pick(stateOf(walk)));
            joined[key] = at::cat(parts);
        }
        return joined[key];
    };
    ldm::UNetState state = stateOf(walks.front());
    state.timestep = join([](const ldm::UNetState& one) { return one.timestep; });
    state.hidden = join([](const ldm::UNetState& one) { return one.hidden; });
    if (state.timeEmbedding.defined())
        state.timeEmbedding = join([](const ldm::UNetState& one) { return one.timeEmbedding; });
    for (std::size_t skip = 0; skip < state.skips.size(); ++skip)
        state.skips[skip] = join([skip](const ldm::UNetState& one) { return one.skips[skip]; });
    m_joined = std::move(joined);
    return state;
}

std::vector<Pass> passesOf(const Recordings& recordings, const ColumnList& columns) {
    std::vector<Pass> all;
    for (const auto& group : recordings.groups) all.push_back({&group, columns, &group == &recordings.groups.back()});
    return all;
}

std::vector<ColumnList> fullPortionsOf(const ColumnList& columns, int most) {
    std::vector<ColumnList> all;
    for (std::size_t first = 0; first < columns.size(); first += std::size_t(most)) {
        const auto end = std::min(columns.size(), first + std::size_t(most));
        all.emplace_back(columns.begin() + std::ptrdiff_t(first), columns.begin() + std::ptrdiff_t(end));
    }
    return all;
}

std::vector<ColumnList> portionsOf(const ColumnList& columns, int most) {
    const auto count = (columns.size() + std::size_t(most) - 1) / std::size_t(most);
    std::vector<ColumnList> all;
    for (std::size_t i = 0; i < count; ++i)
        all.emplace_back(columns.begin() + std::ptrdiff_t(columns.size() * i / count),
                         columns.begin() + std::ptrdiff_t(columns.size() * (i + 1) / count));
    return all;
}

} // namespace analysis
