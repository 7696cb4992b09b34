#include "scratchfile.h"

#include <fcntl.h>
#include <unistd.h>

namespace quant {

namespace {

constexpr std::int64_t kMostBytes = std::int64_t{4} << 30;

/// In the folder for large temporary files; /tmp may be memory.
std::FILE* openNameless() {
    const int descriptor = ::open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return descriptor >= 0 ? ::fdopen(descriptor, "w+b") : std::tmpfile();
}

} // namespace

std::optional<std::int64_t> ScratchFile::append(std::span<const std::byte> bytes) {
    if (m_size + static_cast<std::int64_t>(bytes.size()) > kMostBytes) return std::nullopt;
    if (!m_file) m_file.reset(openNameless());
    if (!m_file) return std::nullopt;
    for (std::size_t done = 0; done < bytes.size();) {
        const auto rest = bytes.subspan(done);
        const ssize_t written =
            ::pwrite(::fileno(m_file.get()), rest.data(), rest.size(), m_size + static_cast<std::int64_t>(done));
        if (written <= 0) return std::nullopt;
        done += static_cast<std::size_t>(written);
    }
    const std::int64_t offset = m_size;
    m_size += static_cast<std::int64_t>(bytes.size());
    return offset;
}

bool ScratchFile::read(std::int64_t offset, std::span<std::byte> bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
        const auto rest = bytes.subspan(done);
        const ssize_t got =
            ::pread(::fileno(m_file.get()), rest.data(), rest.size(), offset + static_cast<std::int64_t>(done));
        if (got <= 0) return false;
        done += static_cast<std::size_t>(got);
    }
    return true;
}

void ScratchFile::clear() {
    m_file.reset();
    m_size = 0;
}

} // namespace quant
