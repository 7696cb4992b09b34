#include <ldm/error.h>
#include <ldm/ggmlblocks.h>
#include <ldm/gguf.h>

#include "ggufheader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>

namespace ldm {

static_assert(std::endian::native == std::endian::little, "GGUF data is little-endian and used in place");

namespace {

/// Values that a thread decodes at once at least.
constexpr std::int64_t kGrain = 1 << 16;

at::Tensor decoded(const GgmlType& type, std::span<const std::byte> blocks, const std::vector<std::int64_t>& shape) {
    at::Tensor values = at::empty(shape, at::kFloat);
    float* target = values.data_ptr<float>();
    const auto elements = static_cast<std::int64_t>(type.elements);
    const auto bytes = static_cast<std::int64_t>(type.bytes);
    at::parallel_for(0, values.numel() / elements, kGrain / elements, [&](std::int64_t begin, std::int64_t end) {
        type.decode(blocks.data() + begin * bytes, end - begin, target + begin * elements);
    });
    return values;
}

} // namespace

struct GgufFile::Mapped {
    std::filesystem::path path;
    GgufHeader header;
    std::shared_ptr<const std::byte> base;
    std::uint64_t size = 0;
};

namespace {

/// Padding is zero: anything else is data that the header does not describe. It is read and not mapped, since what is
/// touched of a mapping counts as this process's memory, in pieces that may be as large as tensors.
void checkPadding(const GgufHeader& header, const InputFile& input) {
    const auto check = [&](std::uint64_t begin, std::uint64_t end, const std::string& thing) {
        constexpr std::uint64_t kChunkBytes = 1 << 16; // an alignment may be gigabytes
        for (end = std::min(end, input.size()); begin < end; begin += kChunkBytes) {
            const std::string padding = input.read(begin, std::min(kChunkBytes, end - begin));
            if (padding.find_first_not_of('\0') != std::string::npos)
                throw badInput(input.name() + ": the padding after " + thing +
                               " is not zero; the file is damaged, fetch or convert it again.");
        }
    };
    check(header.end, header.dataStart, "the header");
    for (const GgufTensor& tensor : header.tensors) {
        const std::uint64_t end = header.dataStart + tensor.offset + tensor.bytes;
        check(end, (end + header.alignment - 1) & ~(header.alignment - 1), "tensor " + inQuotes(tensor.name));
    }
}

} // namespace

GgufFile GgufFile::open(const std::filesystem::path& path) {
    const InputFile input(path, ".gguf");
    auto mapped = std::make_shared<Mapped>();
    mapped->path = path;
    mapped->header = readGgufHeader(input);
    mapped->base = input.map();
    mapped->size = input.size();
    checkPadding(mapped->header, input);

    GgufFile result;
    result.m_mapped = std::move(mapped);
    return result;
}

const std::filesystem::path& GgufFile::path() const {
    return m_mapped->path;
}

const std::map<std::string, GgufValue>& GgufFile::metadata() const {
    return m_mapped->header.metadata;
}

const std::string* GgufFile::text(const std::string& key) const {
    const auto found = metadata().find(key);
    if (found == metadata().end()) return nullptr;
    const auto* scalar = std::get_if<GgufScalar>(&found->second);
    const auto* text = scalar ? std::get_if<std::string>(scalar) : nullptr;
    if (!text) throw badInput(path().string() + ": metadata " + inQuotes(key) + " is no text; convert the file again.");
    return text;
}

const std::vector<GgufTensor>& GgufFile::entries() const {
    return m_mapped->header.tensors;
}

std::span<const std::byte> GgufFile::header() const {
    return {m_mapped->base.get(), m_mapped->header.dataStart};
}

std::span<const std::byte> GgufFile::data() const {
    return {m_mapped->base.get() + m_mapped->header.dataStart, m_mapped->size - m_mapped->header.dataStart};
}

TensorTable GgufFile::tensors() const {
    TensorTable table(path().string());
    for (const GgufTensor& entry : entries()) {
        const GgmlType& type = *ggmlType(entry.type);
        const std::span<const std::byte> bytes = data().subspan(entry.offset, entry.bytes);
        const auto load = [file = *this, &type, bytes, shape = entry.shape] {
            if (type.isBlock()) return decoded(type, bytes, shape);
            return view(bytes, type.values, shape, file.m_mapped);
        };
        table.add({entry.name, entry.shape, type.values, entry.typeName, entry.bytes, load, bytes});
    }
    return table;
}

} // namespace ldm
