#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ldm {

/// Reads a whole text file of at most `limit` bytes. Throws BadInput if it is missing, unreadable, too large or not
/// UTF-8.
std::string readTextFile(const std::filesystem::path& path, std::size_t limit = std::size_t{64} << 20);

/// Writes text aside, syncs and renames over `path`. Throws WriteFailed and leaves nothing half-written.
void writeTextFile(const std::filesystem::path& path, std::string_view text);

/// Whether a file of an older result, by its path within the folder, is the result's own.
using OwnedFile = std::function<bool(const std::filesystem::path&)>;

/// Creates the folder or file `path` in one step: `fill` gets a path of the same name in a fresh temporary folder
/// beside it and writes there; the result is synced and renamed to `path`. If anything fails, the temporary is removed,
/// an existing `path` is as before, and the exception goes on. An existing `path` is refused with WriteFailed unless
/// `overwrite`; even then only a file replaces a file and a folder a folder, at the very end.
/// A folder goes as a whole, so an existing one must be empty or hold a file named `marker`: proof that it is an older
/// result and not somebody's documents. With `owned`, files that `fill` did not write anew must be the older result's
/// own: the first other one is named and nothing is replaced.
/// What a killed process has left of the same `path` is removed first; folders that a living one writes are locked.
void createAside(const std::filesystem::path& path, bool overwrite,
                 const std::function<void(const std::filesystem::path&)>& fill, const std::string& marker = {},
                 const OwnedFile& owned = {});

/// Throws the WriteFailed with which createAside would refuse `path`, for asking before long work.
void requireReplaceable(const std::filesystem::path& path, bool overwrite, const std::string& marker = {});

/// True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool isUtf8(std::string_view bytes);

/// Lower-case hexadecimal SHA-256 of a stream of pieces; hex() ends the stream and may be called once.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(std::string_view bytes);
    std::string hex();

private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

} // namespace ldm
