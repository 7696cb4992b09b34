#include "ggufcursor.h"

#include <ldm/error.h>
#include <ldm/files.h>

#include <algorithm>

namespace ldm {

namespace {

constexpr std::uint64_t kChunkBytes = 1 << 16;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

} // namespace

void GgufCursor::fail(const std::string& fault) const {
    throw badInput(m_input.name() + ": " + m_place + " " + fault + "; the file is damaged, fetch or convert it again.");
}

const char* GgufCursor::take(std::uint64_t size) {
    if (size > left())
        fail("needs " + std::to_string(size) + " bytes at byte " + std::to_string(m_position) +
             ", beyond the file's end (" + std::to_string(m_input.size()) + " bytes)");
    if (size > kMaxHeaderBytes || m_position + size > kMaxHeaderBytes)
        fail("makes the header longer than the " + std::to_string(kMaxHeaderBytes) + " bytes allowed");
    if (m_position + size > m_chunkStart + m_chunk.size()) {
        m_chunk = m_input.read(m_position, std::min(std::max(size, kChunkBytes), left()));
        m_chunkStart = m_position;
    }
    const char* bytes = m_chunk.data() + (m_position - m_chunkStart);
    m_position += size;
    return bytes;
}

std::string GgufCursor::text() {
    const auto length = number<std::uint64_t>();
    std::string text(take(length), length);
    if (!isUtf8(text)) fail("holds a text that is not UTF-8");
    if (text.find('\0') != std::string::npos) fail("holds a text with a zero byte");
    return text;
}

std::uint64_t GgufCursor::count(const std::string& things, std::uint64_t leastBytes, std::uint64_t limit) {
    const auto count = number<std::uint64_t>();
    if (count > left() / leastBytes)
        fail("announces " + std::to_string(count) + " " + things + ", more than the " + std::to_string(left()) +
             " bytes that follow can hold");
    if (count > limit)
        fail("announces " + std::to_string(count) + " " + things + ", more than the " + std::to_string(limit) +
             " allowed");
    return count;
}

} // namespace ldm
