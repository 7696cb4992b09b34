#include <ldm/ggufwriter.h>

#include "tensorwriting.h"

#include <ldm/files.h>
#include <ldm/ggmlblocks.h>
#include <ldm/gguf.h>
#include <ldm/weights.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

namespace ldm {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAlignment = 32;
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kU32 = 4; ///< numbers of value types
constexpr std::uint32_t kText = 8;
constexpr std::size_t kMostDimensions = 4;
constexpr std::size_t kLongestKey = 65535;
constexpr const char* kAlignmentKey = "general.alignment";

bool isPrintable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::uint64_t padded(std::uint64_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
}

/// Bytes of the data without padding; nothing where they do not fit 63 bits.
std::optional<std::uint64_t> bytesOf(const GgufTensorToWrite& tensor) {
    const GgmlType& type = *ggmlType(tensor.type);
    std::int64_t elements = 1;
    for (const std::int64_t size : tensor.shape)
        if (__builtin_mul_overflow(elements, size, &elements)) return std::nullopt;
    std::int64_t bytes = 0;
    const auto blocks = elements / static_cast<std::int64_t>(type.elements);
    if (__builtin_mul_overflow(blocks, static_cast<std::int64_t>(type.bytes), &bytes)) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

/// Everything before the data, and the rules for what may stand there.
class HeaderWriter {
public:
    explicit HeaderWriter(const fs::path& path) : m_path(path) {}

    std::string write(const std::vector<GgufTensorToWrite>& tensors, const GgufMetadata& metadata) {
        m_bytes = "GGUF";
        put(kVersion);
        put<std::uint64_t>(tensors.size());
        put<std::uint64_t>(metadata.size());
        for (const auto& [key, value] : metadata) putPair(key, value);
        for (const GgufTensorToWrite& tensor : tensors) putTensor(tensor);
        m_bytes.resize(padded(m_bytes.size()), '\0');
        return std::move(m_bytes);
    }

private:
    template <typename T> void put(T value) { m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void putText(std::string_view text) {
        put<std::uint64_t>(text.size());
        m_bytes += text;
    }

    Error refusedKey(const std::string& key, const std::string& fault) const {
        return Error(ErrorKind::WriteFailed,
                     m_path.string() + " could not be written: metadata " + inQuotes(key) + " " + fault + ".");
    }

    void putPair(const std::string& key, const std::variant<std::uint32_t, std::string>& value) {
        if (key.empty() || key.size() > kLongestKey || !isPrintable(key) || key == kAlignmentKey)
            throw refusedKey(key, "has a key the format does not allow; rename it");
        putText(key);
        if (const auto* number = std::get_if<std::uint32_t>(&value)) {
            put(kU32);
            put(*number);
            return;
        }
        const auto& text = std::get<std::string>(value);
        if (!isUtf8(text) || text.find('\0') != std::string::npos)
            throw refusedKey(key, "is no UTF-8 text; write it in that encoding");
        put(kText);
        putText(text);
    }

    void putTensor(const GgufTensorToWrite& tensor) {
        checkName(tensor.name);
        checkShape(tensor);
        putText(tensor.name);
        put(static_cast<std::uint32_t>(tensor.shape.size()));
        std::for_each(tensor.shape.rbegin(), tensor.shape.rend(), [&](std::int64_t size) { put(size); });
        put(tensor.type);
        put(m_end);
        const std::optional<std::uint64_t> bytes = bytesOf(tensor);
        // A sum of two that fit 63 bits fits 64.
        if (bytes) m_end += padded(*bytes);
        if (!bytes || m_end > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            throw refusedTensor(m_path, tensor.name, "ends at a byte that overflows 63 bits; write fewer tensors");
    }

    void checkName(const std::string& name) {
        if (name.empty() || !isPrintable(name))
            throw refusedTensor(m_path, name, "has a name that is not of printable ASCII letters; rename it");
        if (name.size() > kLongestGgufName)
            throw refusedTensor(m_path, name,
                                "has a name of " + std::to_string(name.size()) + " bytes where programs read " +
                                    std::to_string(kLongestGgufName) + " at most; rename it");
        if (!m_names.insert(name).second) throw refusedTensor(m_path, name, "is given twice; rename one of the two");
    }

    void checkShape(const GgufTensorToWrite& tensor) const {
        const std::vector<std::int64_t>& shape = tensor.shape;
        const bool allowed = !shape.empty() && shape.size() <= kMostDimensions &&
                             std::all_of(shape.begin(), shape.end(), [](std::int64_t size) { return size >= 1; });
        if (!allowed)
            throw refusedTensor(m_path, tensor.name,
                                "has " + std::to_string(shape.size()) +
                                    " dimensions where one to four of at least 1 are allowed; reshape it");
        const GgmlType* type = ggmlType(tensor.type);
        if (!type)
            throw refusedTensor(m_path, tensor.name,
                                "has type " + std::to_string(tensor.type) + ", which nobody reads; choose another");
        if (shape.back() % static_cast<std::int64_t>(type->elements) != 0)
            throw refusedTensor(m_path, tensor.name,
                                "has rows of " + std::to_string(shape.back()) +
                                    " values, which are no multiple of the " + std::to_string(type->elements) +
                                    " that a block of " + std::string(type->name) + " holds; choose another type");
    }

    const fs::path& m_path;
    std::string m_bytes;
    std::set<std::string> m_names;
    std::uint64_t m_end = 0; ///< of the data so far, padding included
};

/// Returns what was written of each tensor, as digests.
std::vector<std::string> writeAll(const fs::path& path, const std::string& header,
                                  const std::vector<GgufTensorToWrite>& tensors) {
    OutputFile file(path);
    file.write(header);
    std::vector<std::string> digests;
    for (const GgufTensorToWrite& tensor : tensors) {
        const std::uint64_t bytes = *bytesOf(tensor);
        digests.push_back(writeData(file, path, tensor.name, tensor.make(), bytes));
        file.write(std::string(padded(bytes) - bytes, '\0'));
    }
    file.close();
    return digests;
}

bool sameMetadata(const std::map<std::string, GgufValue>& found, const GgufMetadata& written) {
    const auto same = [](const auto& one, const auto& other) {
        const auto* scalar = std::get_if<GgufScalar>(&one.second);
        if (!scalar || one.first != other.first) return false;
        if (const auto* text = std::get_if<std::string>(&other.second)) return *scalar == GgufScalar(*text);
        return *scalar == GgufScalar(std::uint64_t{std::get<std::uint32_t>(other.second)});
    };
    return std::equal(found.begin(), found.end(), written.begin(), written.end(), same);
}

bool readsBack(const fs::path& path, const std::vector<GgufTensorToWrite>& written,
               const std::vector<std::string>& digests, const GgufMetadata& metadata) {
    const GgufFile file = GgufFile::open(path);
    if (!sameMetadata(file.metadata(), metadata) || file.entries().size() != written.size()) return false;
    const TensorTable table = file.tensors();
    const std::vector<StoredTensor>& tensors = table.tensors();
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (tensors[i].name != written[i].name || tensors[i].shape != written[i].shape) return false;
        if (file.entries()[i].type != written[i].type || digestOf(tensors[i].stored) != digests[i]) return false;
        tensors[i].release(); // a large file is not to fill memory
    }
    return true;
}

} // namespace

std::string ggufHeader(const fs::path& path, const std::vector<GgufTensorToWrite>& tensors,
                       const GgufMetadata& metadata) {
    return HeaderWriter(path).write(tensors, metadata);
}

void writeGguf(const fs::path& path, const std::vector<GgufTensorToWrite>& tensors, const GgufMetadata& metadata) {
    const std::string header = ggufHeader(path, tensors, metadata);
    createAside(path, true, [&](const fs::path& aside) {
        const std::vector<std::string> digests = writeAll(aside, header, tensors);
        if (!readsBack(aside, tensors, digests, metadata)) throw readBackDiffers(path);
    });
}

} // namespace ldm
