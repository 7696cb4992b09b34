#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ldm {

/// A regular file that is open for reading: plain reads for what has to be checked first, a mapping for data that is
/// used in place. All functions throw Error naming the file.
class InputFile {
public:
    /// `kind` says what to name instead of a folder or a device: ".safetensors".
    InputFile(const std::filesystem::path& path, const std::string& kind);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    const std::string& name() const { return m_name; }
    std::uint64_t size() const { return m_size; }
    /// Plain reads, not the mapping: a file that shrinks meanwhile gives a short read here and a fault there.
    std::string read(std::uint64_t offset, std::uint64_t size) const;
    /// The whole file, read-only, which must not be empty; unmapped with the last copy of the pointer.
    std::shared_ptr<const std::byte> map() const;

private:
    std::string m_name;
    int m_descriptor;
    std::uint64_t m_size = 0;
};

} // namespace ldm
