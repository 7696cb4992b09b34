#include "ggufheader.h"

#include "ggufcursor.h"

#include <ldm/error.h>
#include <ldm/ggmlblocks.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>
#include <set>

namespace ldm {

namespace {

constexpr std::uint64_t kMaxEntries = 100'000;  ///< of metadata, and of tensors
constexpr std::uint64_t kMaxElements = 1 << 22; ///< of all arrays together
constexpr std::uint64_t kMaxKeyBytes = 65535;
constexpr std::uint32_t kMaxDimensions = 4;
constexpr std::uint32_t kArray = 9;
constexpr std::array<std::uint64_t, 13> kLeastBytes = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8}; ///< by value type
constexpr const char* kShapePrefix = "comfy.gguf.orig_shape.";

/// The rules of the format, one function per kind of thing in a file, in their order.
class HeaderReader {
public:
    explicit HeaderReader(const InputFile& input) : m_input(input), m_cursor(input) {}

    GgufHeader read() {
        readMagic();
        const std::uint64_t tensors = m_cursor.count("tensors", 24, kMaxEntries);
        const std::uint64_t pairs = m_cursor.count("metadata entries", 13, kMaxEntries);
        for (std::uint64_t i = 0; i < pairs; ++i) readPair(i);
        readAlignment();
        std::set<std::string_view> names;
        m_header.tensors.reserve(tensors);
        for (std::uint64_t i = 0; i < tensors; ++i) {
            m_header.tensors.push_back(readTensor(i));
            if (!names.insert(m_header.tensors.back().name).second) m_cursor.fail("is there twice");
        }
        placeData();
        return std::move(m_header);
    }

private:
    void readMagic() {
        if (m_input.size() < 4 || m_input.read(0, 4) != "GGUF")
            throw badInput(m_input.name() + " does not begin with \"GGUF\"; this is no GGUF file.");
        m_cursor.number<std::uint32_t>();
        const auto version = m_cursor.number<std::uint32_t>();
        if (version == 2 || version == 3) return;
        // Numbers of the other byte order are version 3 read backwards.
        const std::string kind =
            version > 0xFFFFFF ? "a big-endian GGUF file" : "GGUF version " + std::to_string(version);
        throw badInput(m_input.name() + " is " + kind +
                       ", which this program does not read; convert it to little-endian GGUF version 3.");
    }

    void readPair(std::uint64_t index) {
        m_cursor.setPlace("metadata entry " + std::to_string(index));
        const std::string key = m_cursor.text();
        if (key.empty()) m_cursor.fail("has an empty key");
        if (key.size() > kMaxKeyBytes)
            m_cursor.fail("has a key of more than " + std::to_string(kMaxKeyBytes) + " bytes");
        m_cursor.setPlace("metadata " + inQuotes(key));
        if (m_header.metadata.contains(key)) m_cursor.fail("is there twice");
        const std::uint32_t type = readValueType();
        m_header.metadata.emplace(key, type == kArray ? GgufValue(readArray()) : GgufValue(readScalar(type)));
    }

    std::uint32_t readValueType() {
        const auto type = m_cursor.number<std::uint32_t>();
        if (type >= kLeastBytes.size())
            m_cursor.fail("has the unknown value type " + std::to_string(type) + " where 0 to 12 are defined");
        return type;
    }

    GgufArray readArray() {
        const std::uint32_t type = readValueType();
        if (type == kArray) m_cursor.fail("is an array of arrays, which the format does not allow");
        const std::uint64_t count = m_cursor.count("elements", kLeastBytes[type], kMaxElements - m_elements);
        m_elements += count;
        GgufArray array;
        array.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) array.push_back(readScalar(type));
        return array;
    }

    GgufScalar readScalar(std::uint32_t type) {
        switch (type) {
        case 0:
            return std::uint64_t{m_cursor.number<std::uint8_t>()};
        case 1:
            return std::int64_t{m_cursor.number<std::int8_t>()};
        case 2:
            return std::uint64_t{m_cursor.number<std::uint16_t>()};
        case 3:
            return std::int64_t{m_cursor.number<std::int16_t>()};
        case 4:
            return std::uint64_t{m_cursor.number<std::uint32_t>()};
        case 5:
            return std::int64_t{m_cursor.number<std::int32_t>()};
        case 6:
            return double{m_cursor.number<float>()};
        case 7:
            return readBoolean();
        case 8:
            return m_cursor.text();
        case 10:
            return m_cursor.number<std::uint64_t>();
        case 11:
            return m_cursor.number<std::int64_t>();
        default:
            return m_cursor.number<double>();
        }
    }

    bool readBoolean() {
        const auto value = m_cursor.number<std::uint8_t>();
        if (value > 1) m_cursor.fail("holds the truth value " + std::to_string(value) + " where 0 or 1 are allowed");
        return value == 1;
    }

    void readAlignment() {
        const auto found = m_header.metadata.find("general.alignment");
        if (found == m_header.metadata.end()) return;
        m_cursor.setPlace("metadata \"general.alignment\"");
        const auto* scalar = std::get_if<GgufScalar>(&found->second);
        const auto* value = scalar ? std::get_if<std::uint64_t>(scalar) : nullptr;
        if (!value || !std::has_single_bit(*value) || *value > std::numeric_limits<std::uint32_t>::max())
            m_cursor.fail("is not a power of two of type u32");
        m_header.alignment = *value;
    }

    GgufTensor readTensor(std::uint64_t index) {
        m_cursor.setPlace("tensor " + std::to_string(index));
        GgufTensor tensor;
        tensor.name = m_cursor.text();
        if (tensor.name.empty()) m_cursor.fail("has an empty name");
        m_cursor.setPlace("tensor " + inQuotes(tensor.name));
        const std::vector<std::int64_t> sizes = readSizes();
        const GgmlType& type = readType(tensor);
        const auto row = static_cast<std::uint64_t>(sizes.empty() ? 1 : sizes.front());
        if (row % type.elements != 0)
            m_cursor.fail("has rows of " + std::to_string(row) + " values, which are no multiple of the " +
                          std::to_string(type.elements) + " that a block of " + tensor.typeName + " holds");
        const std::uint64_t elements = product(sizes);
        if (__builtin_mul_overflow(elements / type.elements, type.bytes, &tensor.bytes))
            m_cursor.fail("has a size in bytes that overflows 64 bits");
        tensor.shape = torchShape(tensor.name, sizes, elements);
        tensor.offset = m_cursor.number<std::uint64_t>();
        checkOffset(tensor);
        return tensor;
    }

    /// Innermost first, as in the file.
    std::vector<std::int64_t> readSizes() {
        const auto count = m_cursor.number<std::uint32_t>();
        if (count > kMaxDimensions)
            m_cursor.fail("has " + std::to_string(count) + " dimensions where at most 4 are allowed");
        std::vector<std::int64_t> sizes;
        for (std::uint32_t i = 0; i < count; ++i) {
            sizes.push_back(m_cursor.number<std::int64_t>());
            if (sizes.back() < 1)
                m_cursor.fail("has a dimension of size " + std::to_string(sizes.back()) + " where at least 1 is due");
        }
        return sizes;
    }

    const GgmlType& readType(GgufTensor& tensor) {
        tensor.type = m_cursor.number<std::uint32_t>();
        const GgmlType* type = ggmlType(tensor.type);
        const std::optional<std::string_view> unreadable = unreadableGgmlType(tensor.type);
        if (unreadable)
            throw badInput(m_input.name() + ": tensor " + inQuotes(tensor.name) + " has type " +
                           std::string(*unreadable) +
                           ", which this program does not read; convert the file to F16, Q8_0 or a K type.");
        if (!type) m_cursor.fail("has the unknown type " + std::to_string(tensor.type));
        tensor.typeName = type->name;
        return *type;
    }

    std::uint64_t product(const std::vector<std::int64_t>& sizes) {
        std::int64_t elements = 1;
        for (const std::int64_t size : sizes)
            if (__builtin_mul_overflow(elements, size, &elements))
                m_cursor.fail("has a shape whose size overflows 64 bits");
        return static_cast<std::uint64_t>(elements);
    }

    /// The sizes backwards; a converter that had to flatten a tensor notes its shape in the metadata.
    std::vector<std::int64_t> torchShape(const std::string& name, const std::vector<std::int64_t>& sizes,
                                         std::uint64_t elements) {
        const auto found = m_header.metadata.find(kShapePrefix + name);
        if (found == m_header.metadata.end()) return {sizes.rbegin(), sizes.rend()};
        const auto* noted = std::get_if<GgufArray>(&found->second);
        if (!noted) m_cursor.fail("has an original shape that is no array");
        std::vector<std::int64_t> shape;
        for (const GgufScalar& size : *noted) shape.push_back(sizeOf(size));
        if (product(shape) != elements)
            m_cursor.fail("has an original shape of " + std::to_string(product(shape)) + " values where it holds " +
                          std::to_string(elements));
        return shape;
    }

    std::int64_t sizeOf(const GgufScalar& scalar) {
        std::int64_t size = 0;
        if (const auto* given = std::get_if<std::int64_t>(&scalar)) size = *given;
        if (const auto* given = std::get_if<std::uint64_t>(&scalar)) size = static_cast<std::int64_t>(*given);
        if (size < 1) m_cursor.fail("has an original shape that is no list of integers of at least 1");
        return size;
    }

    /// Tensors follow each other in order, each padded to the alignment.
    void checkOffset(const GgufTensor& tensor) {
        if (tensor.offset != m_end)
            m_cursor.fail("begins at byte " + std::to_string(tensor.offset) + " of the data where " +
                          std::to_string(m_end) + " is due");
        std::uint64_t end = 0;
        if (__builtin_add_overflow(m_end, tensor.bytes, &end) ||
            __builtin_add_overflow(end, m_header.alignment - 1, &m_end))
            m_cursor.fail("ends at a byte that overflows 64 bits");
        m_end &= ~(m_header.alignment - 1);
    }

    /// The data may end with its last tensor or with the padding behind that.
    void placeData() {
        m_header.end = m_cursor.position();
        m_header.dataStart = (m_header.end + m_header.alignment - 1) & ~(m_header.alignment - 1);
        if (m_header.tensors.empty()) m_header.dataStart = std::min(m_header.dataStart, m_input.size());
        const GgufTensor* last = m_header.tensors.empty() ? nullptr : &m_header.tensors.back();
        const std::uint64_t least = last ? last->offset + last->bytes : 0;
        const std::uint64_t there = m_input.size() - std::min(m_header.dataStart, m_input.size());
        if (there >= least && there <= m_end) return;
        throw badInput(m_input.name() + ": the header describes " + std::to_string(least) + " bytes of data but " +
                       std::to_string(there) + " follow it (" + (there < least ? "truncated" : "trailing bytes") +
                       "); fetch or convert the file again.");
    }

    const InputFile& m_input;
    GgufCursor m_cursor;
    GgufHeader m_header;
    std::uint64_t m_elements = 0; ///< of all arrays so far
    std::uint64_t m_end = 0;      ///< of the data so far, padding included
};

} // namespace

GgufHeader readGgufHeader(const InputFile& input) {
    return HeaderReader(input).read();
}

} // namespace ldm
