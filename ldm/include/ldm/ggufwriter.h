#pragma once

#include <ldm/safetensors.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace ldm {

/// Names of tensors have at most so many bytes. ggml's own tools read names of up to kLongestStockGgufName only.
inline constexpr std::size_t kLongestGgufName = 127;
inline constexpr std::size_t kLongestStockGgufName = 63;

/// A tensor to be written.
struct GgufTensorToWrite {
    std::string name;
    std::uint32_t type = 0;           ///< ggml's number, one of ggmlTypes()
    std::vector<std::int64_t> shape;  ///< in torch's order, one to four sizes of at least 1
    std::function<OwnedBytes()> make; ///< called when it is the tensor's turn; may throw to end the writing
};

/// Metadata to be written: u32 or text, by key.
using GgufMetadata = std::map<std::string, std::variant<std::uint32_t, std::string>>;

/// Writes a GGUF file of version 3 that ggml accepts: little-endian, alignment 32, tensors in the order given. The data
/// are made one tensor at a time. Writes to a temporary file beside `path`, syncs, reads it back with GgufFile,
/// compares each tensor's SHA-256 and renames. On any failure throws and leaves no temporary file; an existing `path`
/// stays as it was. Refuses with WriteFailed what the format or ggml refuses: names and keys that are empty, given
/// twice, too long or not of printable ASCII, shapes that blocks do not divide, texts that are not UTF-8.
void writeGguf(const std::filesystem::path& path, const std::vector<GgufTensorToWrite>& tensors,
               const GgufMetadata& metadata);

/// What writeGguf() writes before the data, for messages that name `path`. Throws likewise.
std::string ggufHeader(const std::filesystem::path& path, const std::vector<GgufTensorToWrite>& tensors,
                       const GgufMetadata& metadata);

} // namespace ldm
