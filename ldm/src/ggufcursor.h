#pragma once

#include <ldm/inputfile.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace ldm {

/// Reads the header of a GGUF file from front to back, and says where a fault is.
class GgufCursor {
public:
    explicit GgufCursor(const InputFile& input) : m_input(input) {}

    /// What is being read now, for messages: `tensor 3`.
    void setPlace(std::string place) { m_place = std::move(place); }
    [[noreturn]] void fail(const std::string& fault) const; ///< the fault makes a sentence with the place before it

    template <typename T> T number() {
        T value;
        std::memcpy(&value, take(sizeof value), sizeof value);
        return value;
    }
    std::string text(); ///< UTF-8 without zero bytes
    /// A count of things of at least `leastBytes` bytes each: more than the rest of the file can hold are refused.
    std::uint64_t count(const std::string& things, std::uint64_t leastBytes, std::uint64_t limit);

    std::uint64_t position() const { return m_position; }

private:
    std::uint64_t left() const { return m_input.size() - m_position; }
    /// The next bytes, valid until the next call.
    const char* take(std::uint64_t size);

    const InputFile& m_input;
    std::string m_place = "the header";
    std::uint64_t m_position = 0;
    std::string m_chunk;            ///< bytes of the file that were read ahead
    std::uint64_t m_chunkStart = 0; ///< in the file
};

} // namespace ldm
