#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace ldm {

/// Prepared weights by key, kept as long as they fit into a limit of bytes; the rest is prepared for each use. What
/// came first in a round stays: a network uses its layers in turns, and dropping the oldest would drop each of them
/// just before its next use. What was not used since the round began makes room, least recently used rounds first.
/// `Prepared` is cheap to copy and says its size by bytes(). One thread at a time.
template <typename Key, typename Prepared> class WeightCache {
public:
    explicit WeightCache(std::int64_t limit) : m_limit(limit) {}

    /// The kept value, or what `prepare` returns.
    template <typename Prepare> Prepared get(const Key& key, const Prepare& prepare) {
        const auto found = m_kept.find(key);
        if (found != m_kept.end()) {
            found->second.round = m_round;
            return found->second.prepared;
        }
        Prepared prepared = prepare();
        const std::int64_t size = prepared.bytes();
        if (makeRoom(size)) {
            m_bytes += size;
            m_kept.emplace(key, Entry{prepared, m_round});
        }
        return prepared;
    }

    /// Another choice of weights will be used from now on.
    void beginRound() { ++m_round; }

    void clear() {
        m_kept.clear();
        m_bytes = 0;
    }
    std::int64_t bytes() const { return m_bytes; } ///< of all that is kept

private:
    struct Entry {
        Prepared prepared;
        std::uint64_t round = 0; ///< of the latest use
    };

    bool makeRoom(std::int64_t size) {
        if (size <= m_limit - m_bytes) return true;
        if (size > m_limit - bytesOfThisRound()) return false;
        while (size > m_limit - m_bytes) {
            const auto oldest = std::min_element(m_kept.begin(), m_kept.end(), [](const auto& a, const auto& b) {
                return a.second.round < b.second.round;
            });
            m_bytes -= oldest->second.prepared.bytes();
            m_kept.erase(oldest);
        }
        return true;
    }

    std::int64_t bytesOfThisRound() const {
        std::int64_t bytes = 0;
        for (const auto& [key, entry] : m_kept)
            if (entry.round == m_round) bytes += entry.prepared.bytes();
        return bytes;
    }

    std::int64_t m_limit;
    std::int64_t m_bytes = 0;
    std::uint64_t m_round = 0;
    std::map<Key, Entry> m_kept;
};

} // namespace ldm
