#include "journal.h"

#include <ldm/error.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace analysis {

namespace {

constexpr std::int64_t kAppending = 0; ///< the lock of whoever writes
/// A line ends with this, so that one that was cut off is not taken for a shorter one.
constexpr std::string_view kEnd = ";\n";

ldm::Error failure(const std::filesystem::path& file, const char* what) {
    return {ldm::ErrorKind::WriteFailed, "'" + file.string() + "' " + what + ": " + std::strerror(errno) +
                                             "; put --out into a folder that all processes may write to, on a file "
                                             "system with file locks."};
}

struct flock lockOf(short type, std::int64_t first, std::int64_t count) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = first;
    lock.l_len = count;
    return lock;
}

} // namespace

SharedFolder::Journal::Journal(std::filesystem::path file)
    : m_file(std::move(file)), m_descriptor(::open(m_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (m_descriptor < 0) throw failure(m_file, "cannot be opened");
}

SharedFolder::Journal::~Journal() {
    ::close(m_descriptor);
}

bool SharedFolder::Journal::setLock(int command, short type, std::int64_t byte) const {
    struct flock lock = lockOf(type, byte, 1);
    int result = 0;
    while ((result = ::fcntl(m_descriptor, command, &lock)) != 0 && errno == EINTR) {
    }
    if (result == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw failure(m_file, "cannot be locked");
}

bool SharedFolder::Journal::tryLock(std::int64_t byte) {
    return setLock(F_OFD_SETLK, F_WRLCK, byte);
}

void SharedFolder::Journal::waitForLock(std::int64_t byte) {
    setLock(F_OFD_SETLKW, F_WRLCK, byte);
}

void SharedFolder::Journal::unlock(std::int64_t byte) noexcept {
    struct flock lock = lockOf(F_UNLCK, byte, 1);
    ::fcntl(m_descriptor, F_OFD_SETLK, &lock); // fails only where no lock could be taken
}

bool SharedFolder::Journal::isLocked(std::int64_t first, std::int64_t count) const {
    struct flock lock = lockOf(F_WRLCK, first, count);
    if (::fcntl(m_descriptor, F_OFD_GETLK, &lock) != 0) throw failure(m_file, "cannot be asked for locks");
    return lock.l_type != F_UNLCK;
}

void SharedFolder::Journal::append(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text.append(line).append(kEnd);
    const Turn turn(*this, kAppending);
    const off_t end = ::lseek(m_descriptor, 0, SEEK_END);
    const bool written = end >= 0 && ::pwrite(m_descriptor, text.data(), text.size(), end) == ssize_t(text.size());
    if (!written) throw failure(m_file, "cannot be written");
}

/// Lines that were added since.
void SharedFolder::Journal::read() {
    std::string fresh;
    std::array<char, 1 << 16> piece;
    for (ssize_t got = 0; (got = ::pread(m_descriptor, piece.data(), piece.size(), m_read + off_t(fresh.size()))) > 0;)
        fresh.append(piece.data(), std::size_t(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = fresh.find('\n', begin)) != std::string::npos; begin = end + 1) {
        const std::string line = fresh.substr(begin, end + 1 - begin);
        if (line.ends_with(kEnd)) m_lines.insert(line.substr(0, line.size() - kEnd.size()));
    }
    m_read += std::int64_t(begin);
}

bool SharedFolder::Journal::holds(const std::string& line) {
    if (m_lines.count(line)) return true;
    read();
    return m_lines.count(line) > 0;
}

} // namespace analysis
