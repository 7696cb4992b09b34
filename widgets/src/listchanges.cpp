#include <widgets/listchanges.h>

#include <algorithm>
#include <cstddef>

namespace widgets {

namespace {

/// Beyond that a search for the fewest costs more than it saves.
constexpr int kMostSingleChanges = 64;

/// The greedy search of Myers (An O(ND) Difference Algorithm, 1986) in the part where two lists differ. A path goes
/// from (0, 0) to (before, after): right removes an element, down inserts one, and a diagonal step keeps a pair. For
/// each number of changes it is known how far the best path gets on every diagonal x - y.
class FewestChanges {
public:
    FewestChanges(ListChange part, const std::function<bool(int, int)>& areEqual)
        : m_part(part), m_areEqual(areEqual) {}

    std::vector<ListChange> find() {
        for (int changes = 0; changes <= kMostSingleChanges; ++changes) {
            m_reached.emplace_back(std::size_t(2 * changes + 1));
            for (int diagonal = -changes; diagonal <= changes; diagonal += 2) {
                const int x = followed(entry(changes, diagonal), diagonal);
                reached(changes, diagonal) = x;
                if (x >= m_part.removed && x - diagonal >= m_part.inserted) return wayBack(changes, diagonal);
            }
        }
        return {m_part};
    }

private:
    int& reached(int changes, int diagonal) { return m_reached[std::size_t(changes)][std::size_t(diagonal + changes)]; }

    bool comesFromAbove(int changes, int diagonal) {
        if (diagonal == -changes || diagonal == changes) return diagonal == -changes;
        return reached(changes - 1, diagonal - 1) < reached(changes - 1, diagonal + 1);
    }

    /// Where the last change leads to a diagonal.
    int entry(int changes, int diagonal) {
        if (changes == 0) return 0;
        return comesFromAbove(changes, diagonal) ? reached(changes - 1, diagonal + 1)
                                                 : reached(changes - 1, diagonal - 1) + 1;
    }

    int followed(int x, int diagonal) const {
        while (x < m_part.removed && x - diagonal < m_part.inserted &&
               m_areEqual(m_part.from + x, m_part.to + x - diagonal))
            ++x;
        return x;
    }

    std::vector<ListChange> wayBack(int changes, int diagonal) {
        std::vector<ListChange> result;
        for (; changes > 0; --changes) {
            const bool inserts = comesFromAbove(changes, diagonal);
            const int x = entry(changes, diagonal) - (inserts ? 0 : 1);
            const int y = entry(changes, diagonal) - diagonal - (inserts ? 1 : 0);
            prepend(result, {m_part.from + x, inserts ? 0 : 1, m_part.to + y, inserts ? 1 : 0});
            diagonal += inserts ? 1 : -1;
        }
        std::reverse(result.begin(), result.end());
        return result;
    }

    /// Changes with nothing kept between them are one.
    static void prepend(std::vector<ListChange>& backwards, const ListChange& earlier) {
        if (backwards.empty() || earlier.from + earlier.removed < backwards.back().from ||
            earlier.to + earlier.inserted < backwards.back().to) {
            backwards.push_back(earlier);
            return;
        }
        ListChange& later = backwards.back();
        later = {earlier.from, earlier.removed + later.removed, earlier.to, earlier.inserted + later.inserted};
    }

    ListChange m_part;
    const std::function<bool(int, int)>& m_areEqual;
    std::vector<std::vector<int>> m_reached; ///< x by changes, then by diagonal
};

} // namespace

std::vector<ListChange> listChanges(int before, int after, const std::function<bool(int, int)>& areEqual) {
    int front = 0;
    while (front < std::min(before, after) && areEqual(front, front)) ++front;
    int back = 0;
    while (back < std::min(before, after) - front && areEqual(before - 1 - back, after - 1 - back)) ++back;
    const ListChange part{front, before - front - back, front, after - front - back};
    if (part.removed == 0 && part.inserted == 0) return {};
    return FewestChanges(part, areEqual).find();
}

} // namespace widgets
