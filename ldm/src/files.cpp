#include <ldm/error.h>
#include <ldm/files.h>

#include <ldm/outputfile.h>

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ldm {

namespace fs = std::filesystem;

namespace {

Error writeFailed(const fs::path& path, const std::string& reason, const std::string& remedy) {
    return Error(ErrorKind::WriteFailed, path.string() + " could not be written: " + reason + "; " + remedy + ".");
}

Error cannotWrite(const fs::path& path, int code) {
    return writeFailed(path, std::generic_category().message(code),
                       code == ENAMETOOLONG ? "choose a shorter name"
                                            : "choose a folder that exists and that you may write to");
}

/// A lock on a folder. The system lets go of it when its process ends, however that happens.
class FolderLock {
public:
    explicit FolderLock(const fs::path& folder)
        : m_descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {}
    ~FolderLock() {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    void wait() { ::flock(m_descriptor, LOCK_EX); } ///< in vain where the file system knows no locks
    bool isFree() { return ::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0; } ///< and takes it then

private:
    int m_descriptor;
};

constexpr std::size_t kRandomLetters = 6;
constexpr const char* kReplaced = "replaced"; ///< an older folder on its way out

/// The start of the target's name is enough: with an ending even the longest one must stay a name.
std::string asidePrefix(const fs::path& target) {
    constexpr std::size_t kMostBytes = 200;
    return "." + target.filename().string().substr(0, kMostBytes) + ".partial-";
}

/// Temporary folders of this target whose processes were killed.
void removeAbandoned(const fs::path& target) {
    const std::string prefix = asidePrefix(target);
    std::vector<fs::path> folders;
    std::error_code error;
    for (fs::directory_iterator entry(target.parent_path(), error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.size() == prefix.size() + kRandomLetters && name.starts_with(prefix)) folders.push_back(entry->path());
    }
    for (const fs::path& folder : folders) {
        FolderLock lock(folder);
        const bool holdsTheOld = fs::exists(folder / kReplaced, error); // and nothing may have taken its place
        if (lock.isFree() && !holdsTheOld) fs::remove_all(folder, error);
    }
}

/// A fresh folder beside the target, removed with all it holds when it goes out of scope.
class AsideFolder {
public:
    explicit AsideFolder(const fs::path& target) {
        removeAbandoned(target);
        do { // another process may take a folder without a lock for an abandoned one
            m_path = fresh(target);
            m_lock.emplace(m_path);
            m_lock->wait();
        } while (!fs::exists(m_path));
    }
    ~AsideFolder() {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    AsideFolder(const AsideFolder&) = delete;
    AsideFolder& operator=(const AsideFolder&) = delete;

    const fs::path& path() const { return m_path; }

private:
    static fs::path fresh(const fs::path& target) {
        const fs::path prefix = target.parent_path() / asidePrefix(target);
        std::string name = prefix.string() + std::string(kRandomLetters, 'X');
        if (::mkdtemp(name.data())) return name;
        throw cannotWrite(target, errno);
    }

    fs::path m_path;
    std::optional<FolderLock> m_lock;
};

void syncOne(const fs::path& path, const fs::path& target) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int code = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) throw writeFailed(target, std::generic_category().message(code), "free some space or check the disk");
}

/// Everything that `fill` wrote reaches the disk before anything takes the target's name.
void syncTree(const fs::path& root, const fs::path& target) {
    if (fs::is_directory(root))
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root))
            if (entry.is_regular_file() || entry.is_directory()) syncOne(entry.path(), target);
    syncOne(root, target);
}

bool isOlderResult(const fs::path& folder, const std::string& marker) {
    return fs::is_empty(folder) || (!marker.empty() && fs::is_regular_file(folder / marker));
}

void refuseUnfit(const fs::path& target, bool overwrite, const std::string& marker) {
    if (target.filename().empty()) throw writeFailed(target, "this names no file", "add a name to the end of the path");
    const fs::file_status status = fs::status(target);
    if (!fs::exists(status)) return;
    if (!overwrite) throw writeFailed(target, "it exists already", "remove it first or choose another name");
    if (!fs::is_regular_file(status) && !fs::is_directory(status))
        throw writeFailed(target, "it is a device or socket", "choose another name");
    if (fs::is_directory(status) && !isOlderResult(target, marker))
        throw writeFailed(target, "it is a folder with other things in it, which would be lost", "choose another name");
}

/// Refuses to take an older result away with files in it that are neither of it nor of the fresh one.
void refuseForeign(const fs::path& fresh, const fs::path& target, const OwnedFile& owned) {
    if (!owned || !fs::is_directory(target)) return;
    std::set<fs::path> foreign;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(target)) {
        const fs::path file = entry.path().lexically_relative(target);
        const bool isFolder = entry.is_directory() && !entry.is_symlink();
        if (!isFolder && !fs::is_regular_file(fresh / file) && !owned(file)) foreign.insert(file);
    }
    if (foreign.empty()) return;
    throw writeFailed(target,
                      inQuotes(foreign.begin()->string()) + " in it is none of what is written there and would be lost",
                      "move it away or choose another name");
}

/// What a link points to is replaced, not the link.
fs::path targetOf(const fs::path& path) {
    std::error_code error;
    const fs::path resolved = fs::canonical(path, error);
    return error ? fs::absolute(path) : resolved;
}

/// Puts `fresh` in the place of an existing folder, which ends up at `fresh`, or leaves both where they were.
void exchangeFolders(const fs::path& fresh, const fs::path& target, const fs::path& aside) {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
    // Not every file system can exchange; then the old folder steps aside and comes back should the second step fail.
    std::error_code error;
    const fs::path old = aside / kReplaced;
    fs::rename(target, old, error);
    if (error) throw cannotWrite(target, error.value());
    fs::rename(fresh, target, error);
    if (!error) return;
    std::error_code ignored;
    fs::rename(old, target, ignored);
    throw cannotWrite(target, error.value());
}

void moveIntoPlace(const fs::path& fresh, const fs::path& target, const fs::path& aside) {
    if (fs::exists(target) && fs::is_directory(target) != fs::is_directory(fresh))
        throw writeFailed(target, fs::is_directory(target) ? "a folder has this name" : "a file has this name",
                          "choose another name");
    if (fs::is_directory(target)) return exchangeFolders(fresh, target, aside);
    std::error_code error;
    fs::rename(fresh, target, error);
    if (error) throw cannotWrite(target, error.value());
}

/// Runs `fill`; its errors then name the target, which the user knows, and not the temporary place.
void fillAside(const std::function<void(const fs::path&)>& fill, const fs::path& fresh, const fs::path& target) {
    try {
        fill(fresh);
    } catch (const Error& failure) {
        std::string sentence = failure.what();
        const std::string place = fresh.string();
        for (std::size_t at = sentence.find(place); at != std::string::npos; at = sentence.find(place))
            sentence.replace(at, place.size(), target.string());
        throw Error(failure.kind(), sentence);
    }
}

/// Length of the well-formed UTF-8 sequence at the start of `bytes`, 0 if there is none.
std::size_t sequenceLength(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    const auto within = [&](std::size_t i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    if (lead < 0xE0) return within(1, 0x80, 0xBF) ? 2 : 0;
    // The second byte excludes overlong forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4).
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (!within(1, low, high) || !within(2, 0x80, 0xBF)) return 0;
    if (lead < 0xF0) return 3;
    return within(3, 0x80, 0xBF) ? 4 : 0;
}

} // namespace

std::string readTextFile(const fs::path& path, std::size_t limit) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) throw badInput(path.string() + " does not exist; check the path.");
    if (!fs::is_regular_file(status)) throw badInput(path.string() + " is not a file; name a text file.");
    std::ifstream stream(path, std::ios::binary);
    const std::uintmax_t size = fs::file_size(path, error);
    if (!stream || error) throw badInput(path.string() + " cannot be read; check its permissions.");
    if (size > limit)
        throw badInput(path.string() + " has " + std::to_string(size) + " bytes where at most " +
                       std::to_string(limit) + " are expected; it is not the file it should be.");
    std::string text(size, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(size));
    if (stream.gcount() != static_cast<std::streamsize>(size))
        throw badInput(path.string() + " cannot be read to its end; check the disk.");
    const bool isText = isUtf8(text) && text.find('\0') == std::string::npos; // UTF-16 is full of zeros
    if (!isText) throw badInput(path.string() + " is not UTF-8 text; save it in that encoding.");
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF"; // some editors write it; no part of the text
    return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

void writeTextFile(const fs::path& path, std::string_view text) {
    createAside(path, true, [&](const fs::path& aside) {
        OutputFile file(aside);
        file.write(text);
        file.close();
    });
}

void createAside(const fs::path& path, bool overwrite, const std::function<void(const fs::path&)>& fill,
                 const std::string& marker, const OwnedFile& owned) {
    const fs::path target = targetOf(path);
    try {
        refuseUnfit(target, overwrite, marker);
        const AsideFolder aside(target);
        const fs::path fresh = aside.path() / target.filename();
        fillAside(fill, fresh, target);
        syncTree(fresh, target);
        refuseUnfit(target, overwrite, marker); // once more: it may have appeared while `fill` was writing
        refuseForeign(fresh, target, owned);
        moveIntoPlace(fresh, target, aside.path());
    } catch (const fs::filesystem_error& failure) {
        throw cannotWrite(target, failure.code().value());
    }
}

void requireReplaceable(const fs::path& path, bool overwrite, const std::string& marker) {
    const fs::path target = targetOf(path);
    try {
        refuseUnfit(target, overwrite, marker);
    } catch (const fs::filesystem_error& failure) {
        throw cannotWrite(target, failure.code().value());
    }
}

bool isUtf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = sequenceLength(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

struct Sha256::Context {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : m_context(std::make_unique<Context>()) {
    if (EVP_DigestInit_ex(m_context->digest.get(), EVP_sha256(), nullptr) != 1)
        throw Error(ErrorKind::Failed, "SHA-256 is not available in the installed OpenSSL; install libssl3.");
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    EVP_DigestUpdate(m_context->digest.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(m_context->digest.get(), digest.data(), nullptr);
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

} // namespace ldm
