#include "ggufwriter.h"

#include <utility>

namespace support {

namespace {

std::string padded(std::string bytes, std::uint64_t alignment, char padding) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, padding);
    return bytes;
}

} // namespace

std::string ggufText(const std::string& text) {
    return bytesOf<std::uint64_t>(text.size()) + text;
}

std::string ggufArray(std::uint32_t type, std::uint64_t count, const std::string& elements) {
    return bytesOf(type) + bytesOf(count) + elements;
}

std::string GgufParts::bytes() const {
    std::string file = magic + bytesOf(version) + bytesOf<std::uint64_t>(tensorCount.value_or(tensors.size())) +
                       bytesOf<std::uint64_t>(pairCount.value_or(pairs.size()));
    for (const Pair& pair : pairs) file += ggufText(pair.key) + bytesOf(pair.type) + pair.value;
    std::string data;
    for (const Tensor& tensor : tensors) {
        file += ggufText(tensor.name) + bytesOf(static_cast<std::uint32_t>(tensor.sizes.size()));
        for (const std::uint64_t size : tensor.sizes) file += bytesOf(size);
        file += bytesOf(tensor.type) + bytesOf<std::uint64_t>(tensor.offset.value_or(data.size()));
        data += tensor.data;
        data = padded(std::move(data), alignment, padding);
    }
    return padded(file, alignment, padding) + data + behind;
}

std::string ones(std::size_t count) {
    std::string data;
    for (std::size_t i = 0; i < count; ++i) data += bytesOf(1.0F);
    return data;
}

GgufParts smallGguf() {
    GgufParts parts;
    parts.addText("a", "text");
    parts.tensors.push_back({"t", {3, 2}, 0, ones(6), {}});
    parts.tensors.push_back({"q", {32}, 8, bytesOf<std::uint16_t>(0x3C00) + std::string(32, '\2'), {}});
    return parts;
}

} // namespace support
