#pragma once

#include <analysis/sharedfolder.h>

#include <cstdint>
#include <unordered_set>

namespace analysis {

/// A file of lines that many processes append to. Its bytes, whether or not they are there, serve as locks, which end
/// with the process that holds them; taking one also makes what others have written visible on network file systems.
class SharedFolder::Journal {
public:
    /// Makes the file if nobody has. Throws WriteFailed.
    explicit Journal(std::filesystem::path file);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// False if another process holds the lock. Throws WriteFailed where the file system has no locks.
    bool tryLock(std::int64_t byte);
    void unlock(std::int64_t byte) noexcept;
    /// True if another process holds one of these locks.
    bool isLocked(std::int64_t first, std::int64_t count) const;

    /// Holds a lock, once it is free, as long as it lives.
    class Turn {
    public:
        Turn(Journal& journal, std::int64_t byte) : m_journal(journal), m_byte(byte) { journal.waitForLock(byte); }
        ~Turn() { m_journal.unlock(m_byte); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        Journal& m_journal;
        std::int64_t m_byte;
    };

    /// Throws WriteFailed.
    void append(const std::vector<std::string>& lines);
    /// Whether a process has written the line, up to the latest lock that was taken.
    bool holds(const std::string& line);

private:
    void waitForLock(std::int64_t byte);
    bool setLock(int command, short type, std::int64_t byte) const;
    void read();

    std::filesystem::path m_file;
    int m_descriptor = -1;
    std::int64_t m_read = 0; ///< bytes of whole lines
    std::unordered_set<std::string> m_lines;
};

} // namespace analysis
