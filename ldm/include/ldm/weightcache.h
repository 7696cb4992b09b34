#pragma once

#include <cstdint>
#include <map>
#include <utility>

namespace ldm {

/// Prepared weights by key, kept as long as they fit into a limit of bytes; the rest is prepared for each use. What
/// came first stays: a network uses its layers in turns, and dropping the oldest would drop each of them just before
/// its next use. `Prepared` is cheap to copy and says its size by bytes(). One thread at a time.
template <typename Key, typename Prepared> class WeightCache {
public:
    explicit WeightCache(std::int64_t limit) : m_limit(limit) {}

    /// The kept value, or what `prepare` returns.
    template <typename Prepare> Prepared get(const Key& key, const Prepare& prepare) {
        const auto found = m_kept.find(key);
        if (found != m_kept.end()) return found->second;
        Prepared prepared = prepare();
        const std::int64_t size = prepared.bytes();
        if (size <= m_limit - m_bytes) {
            m_bytes += size;
            m_kept.emplace(key, prepared);
        }
        return prepared;
    }

    /// Drops what `isUnused(key)` is true of.
    template <typename Predicate> void dropIf(const Predicate& isUnused) {
        for (auto entry = m_kept.begin(); entry != m_kept.end();) {
            if (!isUnused(entry->first)) {
                ++entry;
                continue;
            }
            m_bytes -= entry->second.bytes();
            entry = m_kept.erase(entry);
        }
    }

    void clear() {
        m_kept.clear();
        m_bytes = 0;
    }
    std::int64_t bytes() const { return m_bytes; } ///< of all that is kept

private:
    std::int64_t m_limit;
    std::int64_t m_bytes = 0;
    std::map<Key, Prepared> m_kept;
};

} // namespace ldm
