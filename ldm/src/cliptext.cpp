#include "cliptext.h"

#include <ldm/error.h>

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

namespace ldm {

namespace {

/// The alternatives of the pattern that are literal text, in its order.
constexpr std::array<std::u32string_view, 9> kLiterals = {
    U"<|startoftext|>", U"<|endoftext|>", U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};

bool isLetter(UChar32 c) {
    return (U_MASK(u_charType(c)) & U_GC_L_MASK) != 0;
}

bool isNumber(UChar32 c) {
    return (U_MASK(u_charType(c)) & U_GC_N_MASK) != 0;
}

bool isSpace(UChar32 c) {
    return u_isUWhiteSpace(c);
}

bool isOther(UChar32 c) {
    return !isSpace(c) && !isLetter(c) && !isNumber(c);
}

/// Control, format, unassigned, private: all that BasicTokenizer drops, besides U+FFFD.
bool isDropped(UChar32 c) {
    if (c == '\t' || c == '\n' || c == '\r') return false;
    return c == 0xFFFD || (U_MASK(u_charType(c)) & U_GC_C_MASK) != 0;
}

bool isIdeograph(UChar32 c) {
    constexpr std::array<std::pair<UChar32, UChar32>, 8> kRanges = {{{0x4E00, 0x9FFF},
                                                                     {0x3400, 0x4DBF},
                                                                     {0x20000, 0x2A6DF},
                                                                     {0x2A700, 0x2B73F},
                                                                     {0x2B740, 0x2B81F},
                                                                     {0x2B820, 0x2CEAF},
                                                                     {0xF900, 0xFAFF},
                                                                     {0x2F800, 0x2FA1F}}};
    return std::any_of(kRanges.begin(), kRanges.end(),
                       [c](const auto& range) { return c >= range.first && c <= range.second; });
}

icu::UnicodeString cleaned(const icu::UnicodeString& text) {
    icu::UnicodeString result;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        if (isDropped(c)) continue;
        if (isIdeograph(c))
            result.append(UChar32{' '}).append(c).append(UChar32{' '});
        else
            result.append(isSpace(c) ? UChar32{' '} : c);
    }
    return result;
}

std::u32string prepared(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* composer = icu::Normalizer2::getNFCInstance(status);
    const icu::UnicodeString source =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    icu::UnicodeString composed = U_SUCCESS(status) ? composer->normalize(cleaned(source), status) : source;
    if (U_FAILURE(status))
        throw Error(ErrorKind::Failed, std::string("ICU cannot normalize text (") + u_errorName(status) +
                                           "); install its data package again.");
    composed.toLower(icu::Locale::getRoot());
    std::u32string result(static_cast<std::size_t>(composed.countChar32()), U'\0');
    composed.toUTF32(reinterpret_cast<UChar32*>(result.data()), static_cast<int32_t>(result.size()), status);
    return result;
}

bool startsWith(std::u32string_view text, std::u32string_view literal) {
    return text.size() >= literal.size() &&
           std::equal(literal.begin(), literal.end(), text.begin(), [](auto a, auto b) {
               return u_foldCase(static_cast<UChar32>(a), U_FOLD_CASE_DEFAULT) ==
                      u_foldCase(static_cast<UChar32>(b), U_FOLD_CASE_DEFAULT);
           });
}

/// Length of the pattern's match at the start of `text`; 0 at white space.
std::size_t matchLength(std::u32string_view text) {
    for (const std::u32string_view literal : kLiterals)
        if (startsWith(text, literal)) return literal.size();
    const auto run = [&](bool (*belongs)(UChar32)) {
        const auto end =
            std::find_if_not(text.begin(), text.end(), [&](char32_t c) { return belongs(static_cast<UChar32>(c)); });
        return static_cast<std::size_t>(end - text.begin());
    };
    const auto first = static_cast<UChar32>(text.front());
    if (isLetter(first)) return run(isLetter);
    return isNumber(first) ? 1 : run(isOther);
}

std::string toUtf8(std::u32string_view text) {
    std::string result;
    icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()), static_cast<int32_t>(text.size()))
        .toUTF8String(result);
    return result;
}

} // namespace

std::vector<std::string> clipWords(std::string_view text) {
    const std::u32string all = prepared(text);
    std::vector<std::string> words;
    for (std::u32string_view rest = all; !rest.empty();) {
        const std::size_t length = matchLength(rest);
        if (length > 0) words.push_back(toUtf8(rest.substr(0, length)));
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return words;
}

} // namespace ldm
