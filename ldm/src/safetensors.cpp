#include <ldm/error.h>
#include <ldm/safetensors.h>

#include "safetensorsheader.h"
#include <ldm/inputfile.h>

#include <bit>
#include <cstring>
#include <unordered_map>

namespace ldm {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian and used in place");

namespace {

constexpr std::uint64_t kLengthBytes = 8;

std::uint64_t readHeaderLength(const InputFile& input) {
    const std::string& file = input.name();
    const std::uint64_t fileSize = input.size();
    if (fileSize < kLengthBytes)
        throw badInput(file + " has " + std::to_string(fileSize) +
                       " bytes, too few for a safetensors file; fetch it again.");
    std::uint64_t length = 0;
    std::memcpy(&length, input.read(0, kLengthBytes).data(), kLengthBytes);
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
    std::shared_ptr<const std::byte> base;
    std::size_t dataStart = 0;
};

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
    const InputFile input(path, ".safetensors");
    const std::uint64_t length = readHeaderLength(input);
    const std::uint64_t dataStart = kLengthBytes + length;

    auto mapped = std::make_shared<Mapped>();
    mapped->path = path;
    mapped->header = parseSafetensorsHeader(input.read(kLengthBytes, length), input.size() - dataStart, input.name());
    for (std::size_t i = 0; i < mapped->header.entries.size(); ++i)
        mapped->index.emplace(mapped->header.entries[i].name, i);
    mapped->dataStart = dataStart;
    mapped->base = input.map();

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
    const auto* data = m_mapped->base.get() + m_mapped->dataStart;
    return {data + entry.begin, entry.end - entry.begin};
}

std::shared_ptr<const void> SafetensorsFile::mapping() const {
    return m_mapped;
}

} // namespace ldm
