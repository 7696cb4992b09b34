#include "bytepairs.h"

#include <algorithm>
#include <map>
#include <utility>

namespace ldm {

/// Symbols as a linked list, and by rank the places where a pair begins.
class BytePairs::Word {
public:
    Word(const std::unordered_map<std::string, int>& ranks, std::vector<std::string> symbols)
        : m_ranks(ranks), m_symbols(std::move(symbols)), m_previous(m_symbols.size()), m_next(m_symbols.size()) {
        for (std::size_t i = 0; i < m_symbols.size(); ++i) {
            m_previous[i] = i - 1; // of the first: a number beyond all places
            m_next[i] = i + 1;
        }
        for (std::size_t i = 0; i < m_symbols.size(); ++i) note(i);
    }

    std::vector<std::string> joined() {
        while (!m_begins.empty()) {
            auto lowest = m_begins.extract(m_begins.begin());
            std::sort(lowest.mapped().begin(), lowest.mapped().end());
            for (const std::size_t place : lowest.mapped())
                if (rankAt(place) == lowest.key()) join(place); // not already part of another pair
        }
        std::vector<std::string> result;
        for (std::size_t i = 0; i < m_symbols.size(); i = m_next[i]) result.push_back(std::move(m_symbols[i]));
        return result;
    }

private:
    static constexpr int kNone = -1;

    /// Of the pair that begins here. Places that were joined to the one before hold an empty symbol.
    int rankAt(std::size_t place) const {
        if (place >= m_symbols.size() || m_symbols[place].empty() || m_next[place] >= m_symbols.size()) return kNone;
        const auto found = m_ranks.find(m_symbols[place] + " " + m_symbols[m_next[place]]);
        return found == m_ranks.end() ? kNone : found->second;
    }

    void note(std::size_t place) {
        if (const int rank = rankAt(place); rank != kNone) m_begins[rank].push_back(place);
    }

    void join(std::size_t place) {
        const std::size_t gone = m_next[place];
        m_symbols[place] += std::exchange(m_symbols[gone], {});
        m_next[place] = m_next[gone];
        if (m_next[place] < m_symbols.size()) m_previous[m_next[place]] = place;
        note(place);
        note(m_previous[place]);
    }

    const std::unordered_map<std::string, int>& m_ranks;
    std::vector<std::string> m_symbols;
    std::vector<std::size_t> m_previous, m_next;
    std::map<int, std::vector<std::size_t>> m_begins;
};

BytePairs::BytePairs(const std::vector<std::string>& merges) {
    for (std::size_t rank = 0; rank < merges.size(); ++rank)
        m_ranks.insert_or_assign(merges[rank], static_cast<int>(rank));
}

std::vector<std::string> BytePairs::join(std::vector<std::string> symbols) const {
    return Word(m_ranks, std::move(symbols)).joined();
}

} // namespace ldm
