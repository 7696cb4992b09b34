#include <ldm/error.h>
#include <ldm/safetensors.h>

#include "safetensorsheader.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <unordered_map>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ldm {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian and used in place");

namespace {

constexpr std::uint64_t kLengthBytes = 8;

class Descriptor {
public:
    /// Without waiting: a pipe would let us wait for a writer forever.
    explicit Descriptor(const std::filesystem::path& path)
        : m_value(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (m_value < 0)
            throw badInput(path.string() + " cannot be opened: " + std::generic_category().message(errno) +
                           "; check the path and its permissions.");
    }
    ~Descriptor() { ::close(m_value); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int value() const { return m_value; }

private:
    int m_value;
};

std::uint64_t regularSize(const Descriptor& descriptor, const std::string& file) {
    struct stat status {};
    if (::fstat(descriptor.value(), &status) != 0 || !S_ISREG(status.st_mode))
        throw badInput(file + " is not a file; name a .safetensors file.");
    return static_cast<std::uint64_t>(status.st_size);
}

/// Plain reads, not the mapping: a file that shrinks meanwhile gives a short read here and a fault there.
std::string readAt(const Descriptor& descriptor, std::uint64_t offset, std::uint64_t size, const std::string& file) {
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const ssize_t got =
            ::pread(descriptor.value(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            throw badInput(file + ": the header cannot be read to its end; check the disk or fetch it again.");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::uint64_t readHeaderLength(const Descriptor& descriptor, std::uint64_t fileSize, const std::string& file) {
    if (fileSize < kLengthBytes)
        throw badInput(file + " has " + std::to_string(fileSize) +
                       " bytes, too few for a safetensors file; fetch it again.");
    std::uint64_t length = 0;
    std::memcpy(&length, readAt(descriptor, 0, kLengthBytes, file).data(), kLengthBytes);
    if (length > kMaxHeaderBytes)
        throw badInput(file + ": the first 8 bytes announce a header of " + std::to_string(length) +
                       " bytes, more than the 100000000 allowed; this is no safetensors file.");
    if (length > fileSize - kLengthBytes)
        throw badInput(file + ": the header of " + std::to_string(length) + " bytes reaches beyond the file's end (" +
                       std::to_string(fileSize) + " bytes); the file is truncated, fetch it again.");
    return length;
}

} // namespace

struct SafetensorsFile::Mapped {
    std::filesystem::path path;
    SafetensorsHeader header;
    std::unordered_map<std::string_view, std::size_t> index;
    void* base = MAP_FAILED;
    std::size_t size = 0;
    std::size_t dataStart = 0;

    Mapped() = default;
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;
    ~Mapped() {
        if (base != MAP_FAILED) ::munmap(base, size);
    }
};

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
    const std::string file = path.string();
    const Descriptor descriptor(path);
    const std::uint64_t size = regularSize(descriptor, file);
    const std::uint64_t length = readHeaderLength(descriptor, size, file);
    const std::uint64_t dataStart = kLengthBytes + length;

    auto mapped = std::make_shared<Mapped>();
    mapped->path = path;
    mapped->header = parseSafetensorsHeader(readAt(descriptor, kLengthBytes, length, file), size - dataStart, file);
    for (std::size_t i = 0; i < mapped->header.entries.size(); ++i)
        mapped->index.emplace(mapped->header.entries[i].name, i);
    mapped->size = size;
    mapped->dataStart = dataStart;
    mapped->base = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
    if (mapped->base == MAP_FAILED)
        throw Error(ErrorKind::OutOfMemory,
                    file + " cannot be mapped: " + std::generic_category().message(errno) + "; free some memory.");
    ::madvise(mapped->base, size, MADV_WILLNEED);

    SafetensorsFile result;
    result.m_mapped = std::move(mapped);
    return result;
}

const std::filesystem::path& SafetensorsFile::path() const {
    return m_mapped->path;
}

const std::vector<TensorEntry>& SafetensorsFile::entries() const {
    return m_mapped->header.entries;
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
    const auto found = m_mapped->index.find(name);
    return found == m_mapped->index.end() ? nullptr : &entries()[found->second];
}

const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
    return m_mapped->header.metadata;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorEntry& entry) const {
    const auto* data = static_cast<const std::byte*>(m_mapped->base) + m_mapped->dataStart;
    return {data + entry.begin, entry.end - entry.begin};
}

std::shared_ptr<const void> SafetensorsFile::mapping() const {
    return m_mapped;
}

} // namespace ldm
