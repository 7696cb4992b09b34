#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace support {

/// The bytes of a number as they lie in memory.
template <typename T> std::string bytesOf(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// A text as GGUF stores it: length, then bytes.
std::string ggufText(const std::string& text);
/// The bytes of an array value: `elements` is already encoded.
std::string ggufArray(std::uint32_t type, std::uint64_t count, const std::string& elements);

/// A GGUF file in parts, any of which a test may make wrong.
struct GgufParts {
    struct Pair {
        std::string key;
        std::uint32_t type = 0;
        std::string value; ///< encoded
    };
    struct Tensor {
        std::string name;
        std::vector<std::uint64_t> sizes; ///< innermost first, as in the file
        std::uint32_t type = 0;
        std::string data;
        std::optional<std::uint64_t> offset; ///< else where it belongs
    };

    std::string magic = "GGUF";
    std::uint32_t version = 3;
    std::optional<std::uint64_t> tensorCount; ///< else as many as there are
    std::optional<std::uint64_t> pairCount;
    std::uint64_t alignment = 32; ///< of the layout; say so in a pair, too
    char padding = '\0';
    std::string behind; ///< appended to the file
    std::vector<Pair> pairs;
    std::vector<Tensor> tensors;

    void addText(const std::string& key, const std::string& text) { pairs.push_back({key, 8, ggufText(text)}); }
    std::string bytes() const;
};

/// So many float32 ones.
std::string ones(std::size_t count);

/// A text under "a", a float tensor "t" of 2 rows with 3 values and one block of Q8_0, "q".
GgufParts smallGguf();

} // namespace support
