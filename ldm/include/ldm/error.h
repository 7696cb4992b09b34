#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ldm {

/// What kind of thing went wrong; decides the exit code and how a window shows it.
enum class ErrorKind {
    BadInput,    ///< a file or value from the user cannot be used (exit code 3)
    WriteFailed, ///< a result could not be written (exit code 1)
    OutOfMemory, ///< the work does not fit into memory (exit code 1)
    Failed,      ///< the work itself failed (exit code 1)
};

/// The one exception type of ldm, quant and analysis. `what()` is one sentence: what failed, on which file or
/// value, and what to do about it. It is caught at the edge of the program, in the engine job and in the command line.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), m_kind(kind) {}
    ErrorKind kind() const { return m_kind; }

private:
    ErrorKind m_kind;
};

/// Shorthand for the most frequent case.
inline Error badInput(const std::string& sentence) {
    return Error(ErrorKind::BadInput, sentence);
}

/// Text from a file as it may stand in a sentence: in quotes, on one line, cut to 96 bytes at a character's start.
inline std::string inQuotes(std::string_view text) {
    constexpr std::size_t kLimit = 96;
    std::size_t length = text.size();
    if (length > kLimit)
        for (length = kLimit; length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80;) --length;
    std::string result = "\"";
    for (const char c : text.substr(0, length)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return result + (length < text.size() ? "...\"" : "\"");
}

} // namespace ldm
