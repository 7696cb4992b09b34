#pragma once

#include <ldm/weights.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ldm {

/// One value of a GGUF file's metadata; numbers of every width are kept in 64 bits.
using GgufScalar = std::variant<bool, std::uint64_t, std::int64_t, double, std::string>;
using GgufArray = std::vector<GgufScalar>;
using GgufValue = std::variant<GgufScalar, GgufArray>;

/// One tensor of a GGUF file as it is stored.
struct GgufTensor {
    std::string name;
    std::uint32_t type = 0;          ///< ggml's number: 12
    std::string typeName;            ///< "Q4_K"
    std::vector<std::int64_t> shape; ///< in torch's order, the one of `comfy.gguf.orig_shape.NAME` where it is given
    std::uint64_t offset = 0;        ///< of the first byte, within the data section
    std::uint64_t bytes = 0;         ///< without the padding that follows
};

/// A memory-mapped, read-only GGUF file of version 2 or 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
/// Opening checks every rule of the format and refuses types that cannot be decoded, so the tensors handed out are
/// valid. Copies share one mapping; any thread
/// may read.
class GgufFile {
public:
    /// Maps and validates. Throws BadInput naming the file, the place and the remedy.
    static GgufFile open(const std::filesystem::path& path);

    const std::filesystem::path& path() const;
    const std::map<std::string, GgufValue>& metadata() const;
    /// The text under a key of the metadata; nothing if there is none, BadInput if it is no text.
    const std::string* text(const std::string& key) const;
    const std::vector<GgufTensor>& entries() const; ///< in order of their data
    /// All tensors, read when they are needed: F64, F32, F16, BF16 and integers are views of the mapping, block types
    /// are decoded to F32 in parallel by each call of values().
    TensorTable tensors() const;
    std::span<const std::byte> header() const; ///< everything before the data
    std::span<const std::byte> data() const;

private:
    struct Mapped;
    std::shared_ptr<const Mapped> m_mapped;
};

} // namespace ldm
