#include "safetensorsheader.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace ldm {

namespace {

struct DTypeName {
    DType type;
    std::string_view name;
    std::size_t bytes;
};

constexpr std::array kDTypes = {
    DTypeName{DType::U64, "U64", 8},   DTypeName{DType::I64, "I64", 8},        DTypeName{DType::F64, "F64", 8},
    DTypeName{DType::F32, "F32", 4},   DTypeName{DType::U32, "U32", 4},        DTypeName{DType::I32, "I32", 4},
    DTypeName{DType::BF16, "BF16", 2}, DTypeName{DType::F16, "F16", 2},        DTypeName{DType::U16, "U16", 2},
    DTypeName{DType::I16, "I16", 2},   DTypeName{DType::F8E5M2, "F8_E5M2", 1}, DTypeName{DType::F8E4M3, "F8_E4M3", 1},
    DTypeName{DType::I8, "I8", 1},     DTypeName{DType::U8, "U8", 1},          DTypeName{DType::Bool, "BOOL", 1},
};

/// Types of the format that this program does not compute with.
constexpr std::array<std::string_view, 7> kUnreadable = {"C64",     "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
                                                         "F6_E2M3", "F6_E3M2", "F4"};

const DTypeName& row(DType type) {
    return *std::find_if(kDTypes.begin(), kDTypes.end(), [&](const DTypeName& each) { return each.type == type; });
}

/// One entry of the header with the words to say where a fault is.
class EntryReader {
public:
    EntryReader(const std::string& name, const nlohmann::json& json, const std::string& file)
        : m_json(json), m_where(file + ": tensor " + inQuotes(name)) {
        if (!json.is_object()) fail("is not described by an object");
        m_entry.name = name;
    }

    TensorEntry read() {
        m_entry.dtype = dtype();
        for (const std::uint64_t size : integers("shape")) m_entry.shape.push_back(static_cast<std::int64_t>(size));
        const std::vector<std::uint64_t> offsets = integers("data_offsets");
        if (offsets.size() != 2) fail("needs exactly two data_offsets");
        std::tie(m_entry.begin, m_entry.end) = std::tie(offsets[0], offsets[1]);
        if (m_entry.end < m_entry.begin) fail("ends before it begins (data_offsets " + range() + ")");
        const std::optional<std::uint64_t> bytes = checkedBytes(m_entry.shape, m_entry.dtype);
        if (!bytes) fail("has a shape whose size overflows 64 bits");
        if (*bytes != m_entry.end - m_entry.begin)
            fail("needs " + std::to_string(*bytes) + " bytes for its shape and dtype, but its data_offsets " + range() +
                 " span " + std::to_string(m_entry.end - m_entry.begin));
        return std::move(m_entry);
    }

private:
    [[noreturn]] void fail(const std::string& fault) const {
        throw badInput(m_where + " " + fault + "; the file is damaged, fetch or save it again.");
    }

    std::string range() const { return nlohmann::json{m_entry.begin, m_entry.end}.dump(); }

    const nlohmann::json& field(const char* key) const {
        const auto found = m_json.find(key);
        if (found == m_json.end()) fail("lacks the field " + inQuotes(key));
        return *found;
    }

    DType dtype() const {
        const nlohmann::json& value = field("dtype");
        if (!value.is_string()) fail("has a dtype that is no string");
        const std::string& name = value.get_ref<const std::string&>();
        for (const DTypeName& each : kDTypes)
            if (each.name == name) return each.type;
        if (std::find(kUnreadable.begin(), kUnreadable.end(), name) != kUnreadable.end())
            throw badInput(m_where + " has dtype " + inQuotes(name) +
                           ", which this program does not read; convert the file to F16 or F32.");
        fail("has the unknown dtype " + inQuotes(name));
    }

    std::vector<std::uint64_t> integers(const char* key) const {
        const nlohmann::json& value = field(key);
        if (!value.is_array()) fail("has " + std::string(key) + " that are no list of integers");
        std::vector<std::uint64_t> result;
        for (const nlohmann::json& element : value) {
            if (!element.is_number_unsigned() ||
                element.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                fail("has " + std::string(key) + " that are no list of non-negative integers below 2^63");
            result.push_back(element.get<std::uint64_t>());
        }
        return result;
    }

    const nlohmann::json& m_json;
    std::string m_where;
    TensorEntry m_entry;
};

std::map<std::string, std::string> readMetadata(const nlohmann::json& json, const std::string& file) {
    const auto fail = [&](const std::string& fault) {
        return badInput(file + ": __metadata__ " + fault + "; save the file again with text values only.");
    };
    if (!json.is_object()) throw fail("is not an object");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, value] : json.items()) {
        if (!value.is_string()) throw fail("has a value that is not a string under " + inQuotes(key));
        metadata.emplace(key, value.get<std::string>());
    }
    return metadata;
}

/// The tensors must cover the data section from its first to its last byte, each byte once.
void checkCoverage(const std::vector<TensorEntry>& entries, std::uint64_t dataBytes, const std::string& file) {
    std::uint64_t expected = 0;
    for (const TensorEntry& entry : entries) {
        if (entry.begin != expected)
            throw badInput(file + ": tensor " + inQuotes(entry.name) + " begins at byte " +
                           std::to_string(entry.begin) + " of the data where " + std::to_string(expected) +
                           " is due (" + (entry.begin < expected ? "overlap" : "hole") +
                           "); the file is damaged, fetch or save it again.");
        expected = entry.end;
    }
    if (expected != dataBytes)
        throw badInput(file + ": the header describes " + std::to_string(expected) + " bytes of data but " +
                       std::to_string(dataBytes) + " follow it (" +
                       (expected > dataBytes ? "truncated" : "trailing bytes") + "); fetch or save the file again.");
}

} // namespace

std::size_t sizeOf(DType type) {
    return row(type).bytes;
}

std::string_view nameOf(DType type) {
    return row(type).name;
}

std::optional<std::uint64_t> checkedBytes(const std::vector<std::int64_t>& shape, DType dtype) {
    std::uint64_t bytes = sizeOf(dtype);
    for (const std::int64_t size : shape)
        if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) return std::nullopt;
    return bytes;
}

std::int64_t TensorEntry::elements() const {
    std::uint64_t product = 1;
    for (const std::int64_t size : shape) product *= static_cast<std::uint64_t>(size);
    return static_cast<std::int64_t>(product);
}

SafetensorsHeader parseSafetensorsHeader(std::string_view text, std::uint64_t dataBytes, const std::string& file) {
    if (text.empty() || text.front() != '{')
        throw badInput(file + ": the header does not start with \"{\"; this is no safetensors file.");
    const nlohmann::json json = parseJson(text, file + ": the header");
    SafetensorsHeader header;
    for (const auto& [name, value] : json.items()) {
        if (name == "__metadata__")
            header.metadata = readMetadata(value, file);
        else
            header.entries.push_back(EntryReader(name, value, file).read());
    }
    std::sort(header.entries.begin(), header.entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
        return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    checkCoverage(header.entries, dataBytes, file);
    return header;
}

} // namespace ldm
