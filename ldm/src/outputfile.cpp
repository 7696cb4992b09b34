#include <ldm/outputfile.h>

#include <ldm/error.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace ldm {

namespace {

Error writeFailed(const std::filesystem::path& path, int code) {
    const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    return Error(ErrorKind::WriteFailed, path.string() +
                                             " could not be written: " + std::generic_category().message(code) +
                                             (full ? "; free some space or choose another disk."
                                                   : "; choose a folder that exists and that you may write to."));
}

} // namespace

OutputFile::OutputFile(std::filesystem::path path) : m_path(std::move(path)) {
    m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (m_descriptor < 0) throw writeFailed(m_path, errno);
}

OutputFile::~OutputFile() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

void OutputFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw writeFailed(m_path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void OutputFile::close() {
    if (::close(std::exchange(m_descriptor, -1)) != 0) throw writeFailed(m_path, errno);
}

} // namespace ldm
