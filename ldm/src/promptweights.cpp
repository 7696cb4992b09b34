#include <ldm/error.h>
#include <ldm/promptencoder.h>

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace ldm {

namespace {

constexpr double kBracketWeight = 1.1;
constexpr double kLargestWeight = 100;

enum class Kind { Text, OpenRound, OpenSquare, CloseRound, CloseSquare };

/// A stretch of the prompt: text or a bracket.
struct Part {
    Kind kind = Kind::Text;
    std::string_view text; ///< as it stands in the prompt, for an escape what it stands for
    double factor = 1;     ///< of a bracket, on what is inside
    bool paired = false;   ///< a bracket that is no text

    bool opens() const { return kind == Kind::OpenRound || kind == Kind::OpenSquare; }
    bool closes() const { return kind == Kind::CloseRound || kind == Kind::CloseSquare; }
    std::size_t shape() const { return kind == Kind::OpenSquare || kind == Kind::CloseSquare ? 1 : 0; }
};

/// At a colon: the closing bracket ":1.2)", or plain text where there is none.
Part partAtColon(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n", kDigits = ".0123456789";
    const Part plain{Kind::Text, text.substr(0, 1)};
    const std::size_t begin = std::min(text.find_first_not_of(kSpaces, 1), text.size());
    const bool hasSign = begin < text.size() && (text[begin] == '+' || text[begin] == '-');
    const std::size_t digits = begin + (hasSign ? 1 : 0);
    const std::size_t end = std::min(text.find_first_not_of(kDigits, digits), text.size());
    const std::size_t bracket = text.find_first_not_of(kSpaces, end);
    if (bracket == std::string_view::npos || text[bracket] != ')') return plain;
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data() + digits, text.data() + end, value);
    if (stop != text.data() + end || error == std::errc::invalid_argument) return plain;
    if (error == std::errc::result_out_of_range) value = HUGE_VAL;
    return {Kind::CloseRound, text.substr(0, bracket + 1), hasSign && text[begin] == '-' ? -value : value};
}

/// At a backslash: the bracket or backslash it escapes, or itself.
Part partAtBackslash(std::string_view text) {
    constexpr std::string_view kEscapable = "()[]\\";
    const bool escapes = text.size() > 1 && kEscapable.find(text[1]) != std::string_view::npos;
    return {Kind::Text, text.substr(escapes ? 1 : 0, 1)};
}

std::vector<Part> partsOf(std::string_view prompt) {
    std::vector<Part> parts;
    const char* next = prompt.data();
    while (next != prompt.data() + prompt.size()) {
        const std::string_view rest(next, static_cast<std::size_t>(prompt.data() + prompt.size() - next));
        switch (rest.front()) {
        case '(':
            parts.push_back({Kind::OpenRound, rest.substr(0, 1)});
            break;
        case '[':
            parts.push_back({Kind::OpenSquare, rest.substr(0, 1)});
            break;
        case ')':
            parts.push_back({Kind::CloseRound, rest.substr(0, 1), kBracketWeight});
            break;
        case ']':
            parts.push_back({Kind::CloseSquare, rest.substr(0, 1), 1 / kBracketWeight});
            break;
        case ':':
            parts.push_back(partAtColon(rest));
            break;
        case '\\':
            parts.push_back(partAtBackslash(rest));
            break;
        default:
            parts.push_back({Kind::Text, rest.substr(0, rest.find_first_of("()[]:\\"))});
        }
        next = parts.back().text.data() + parts.back().text.size();
    }
    return parts;
}

/// Finds the brackets that belong together. One that closes leaves those of the other shape inside it as text.
void pairBrackets(std::vector<Part>& parts) {
    std::vector<Part*> open;
    std::array<std::size_t, 2> openOfShape{};
    for (Part& part : parts) {
        if (part.opens()) {
            open.push_back(&part);
            ++openOfShape[part.shape()];
        } else if (part.closes() && openOfShape[part.shape()] > 0) {
            for (; open.back()->shape() != part.shape(); open.pop_back()) --openOfShape[open.back()->shape()];
            open.back()->factor = part.factor;
            open.back()->paired = part.paired = true;
            open.pop_back();
            --openOfShape[part.shape()];
        }
    }
}

void append(std::vector<WeightedText>& pieces, std::string_view text, double weight) {
    if (!(std::abs(weight) <= kLargestWeight))
        throw badInput("A piece of the prompt weighs " + std::to_string(weight) +
                       ", but weights must lie between -100 and 100; use a smaller number or fewer brackets.");
    if (pieces.empty() || pieces.back().weight != weight) pieces.push_back({{}, weight});
    pieces.back().text += text;
}

} // namespace

std::vector<WeightedText> parseWeights(std::string_view prompt) {
    std::vector<Part> parts = partsOf(prompt);
    pairBrackets(parts);
    std::vector<WeightedText> pieces;
    std::vector<double> outer;
    double weight = 1;
    for (const Part& part : parts) {
        if (!part.paired) {
            append(pieces, part.text, weight);
        } else if (part.opens()) {
            outer.push_back(weight);
            weight *= part.factor;
        } else {
            weight = outer.back();
            outer.pop_back();
        }
    }
    return pieces;
}

} // namespace ldm
