#include "ggufwriter.h"

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
        data = padded(data + tensor.data, alignment, padding);
    }
    return padded(file, alignment, padding) + data + behind;
}

} // namespace support
