#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>

namespace quant {

/// Bytes set aside in a file without a name, which is gone with the object. The system keeps in memory what it has room
/// for.
class ScratchFile {
public:
    /// Where the bytes lie; nothing where the disk has no room for them.
    std::optional<std::int64_t> append(std::span<const std::byte> bytes);
    /// False where they cannot be read back.
    bool read(std::int64_t offset, std::span<std::byte> bytes) const;
    /// Frees what was set aside.
    void clear();

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> m_file;
    std::int64_t m_size = 0;
};

} // namespace quant
