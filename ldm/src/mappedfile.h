#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/stat.h>

namespace ldm {

/// A file descriptor that is closed in the end.
class Descriptor {
public:
    explicit Descriptor(int number) : m_number(number) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return m_number; } ///< negative where opening it failed

private:
    int m_number;
};

struct MappingPlace;

/// A mapped file, which can tell whether all that was read of it was really there.
class MappedFile {
public:
    /// Maps so many bytes of an open file, read-only; at least one. Throws OutOfMemory.
    MappedFile(int descriptor, std::string name, std::uint64_t size);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    const std::byte* data() const { return m_pages.begin; }
    /// What has happened to the file since: "became shorter"; empty if nothing has.
    std::string damage() const;
    /// Throws BadInput if something has.
    void requireWhole() const;

private:
    struct Pages {
        Pages(int descriptor, const std::string& name, std::uint64_t size);
        ~Pages();
        Pages(const Pages&) = delete;
        Pages& operator=(const Pages&) = delete;

        const std::byte* begin;
        std::uint64_t size;
    };

    std::string m_name;
    Descriptor m_descriptor;
    struct stat m_mapped; ///< the file as it was
    Pages m_pages;
    MappingPlace& m_place;
};

/// Throws as MappedFile::requireWhole() does, for the mapping that an address lies in, if it lies in one.
void requireWholeAt(const std::byte* address);
/// False if nothing has happened to any file that is mapped at present.
bool isAnyFileDamaged();

} // namespace ldm
