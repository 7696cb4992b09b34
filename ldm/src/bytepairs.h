#pragma once

#include <string>
#include <unordered_map>
#include <vector>

namespace ldm {

/// Byte-pair encoding (Sennrich, Haddow, Birch 2016) by a list of merges.
class BytePairs {
public:
    /// "left right" by rank. A pair listed twice keeps its later rank, as in transformers.
    explicit BytePairs(const std::vector<std::string>& merges);

    /// Joins, of the pairs that have a rank, always the lowest one wherever it stands, from the left, until none is
    /// left. Takes n log n time for n symbols, so that no prompt is too long.
    std::vector<std::string> join(std::vector<std::string> symbols) const;

private:
    class Word;
    std::unordered_map<std::string, int> m_ranks;
};

} // namespace ldm
