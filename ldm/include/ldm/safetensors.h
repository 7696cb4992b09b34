#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// Element types a safetensors file may hold and this program reads. The order is the reference writer's: entries of a
/// higher rank are written first.
enum class DType { U64, I64, F64, F32, U32, I32, BF16, F16, U16, I16, F8E5M2, F8E4M3, I8, U8, Bool };

/// Bytes per element.
std::size_t sizeOf(DType type);
/// The name in the file's header, such as "F16" or "F8_E4M3".
std::string_view nameOf(DType type);

/// One entry of a safetensors header.
struct TensorEntry {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape; ///< empty for a scalar
    std::uint64_t begin = 0;         ///< first byte, relative to the data section
    std::uint64_t end = 0;           ///< one past the last byte, relative to the data section

    std::int64_t elements() const;
};

/// A memory-mapped, read-only safetensors file. Opening checks every rule of the format, so the spans handed out are
/// valid; data is never copied. Copies share one mapping; any thread may read.
class SafetensorsFile {
public:
    /// Maps and validates. Throws BadInput naming the file, the place and the remedy.
    static SafetensorsFile open(const std::filesystem::path& path);

    const std::filesystem::path& path() const;
    const std::vector<TensorEntry>& entries() const; ///< in order of their data
    const TensorEntry* find(std::string_view name) const;
    const std::map<std::string, std::string>& metadata() const;
    std::span<const std::byte> bytes(const TensorEntry& entry) const;
    /// Keeps the mapping alive for as long as a copy of the pointer lives.
    std::shared_ptr<const void> mapping() const;

private:
    struct Mapped;
    std::shared_ptr<const Mapped> m_mapped;
};

/// Bytes and what keeps them there.
struct OwnedBytes {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
};

/// A tensor to be written. Its bytes are either there, and must stay until the write returns, or made once when it is
/// their turn and dropped again, so that writing a large file takes little memory.
struct TensorToWrite {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
    std::function<OwnedBytes()> make = {}; ///< instead of `data`; may throw to end the writing
};

/// Writes a safetensors file the way the reference writer does (order, padding, `__metadata__` with format "pt" and the
/// given extra keys). Writes to a temporary file beside `path`, syncs, reads it back with SafetensorsFile, compares
/// each tensor's SHA-256 and renames. On any failure throws and leaves no temporary file; an existing `path` stays as
/// it was.
void writeSafetensors(const std::filesystem::path& path, std::vector<TensorToWrite> tensors,
                      const std::map<std::string, std::string>& metadata = {});

} // namespace ldm
