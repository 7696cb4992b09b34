#include <ldm/inputfile.h>

#include <ldm/error.h>

#include "lastfault.h"
#include "mappedfile.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ldm {

/// Without waiting: a pipe would let us wait for a writer forever.
InputFile::InputFile(const std::filesystem::path& path, const std::string& kind)
    : m_name(path.string()), m_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (m_descriptor < 0)
        throw badInput(m_name + " cannot be opened: " + lastFault() + "; check the path and its permissions.");
    struct stat status {};
    if (::fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(m_descriptor);
        throw badInput(m_name + " is not a file; name a " + kind + " file.");
    }
    m_size = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
    ::close(m_descriptor);
}

std::string InputFile::read(std::uint64_t offset, std::uint64_t size) const {
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const ssize_t got = ::pread(m_descriptor, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            throw badInput(m_name + ": the header cannot be read to its end; check the disk or fetch it again.");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::shared_ptr<const std::byte> InputFile::map() const {
    const auto mapped = std::make_shared<const MappedFile>(m_descriptor, m_name, m_size);
    return {mapped, mapped->data()};
}

} // namespace ldm
