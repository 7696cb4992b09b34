#include <quant/recipe.h>

#include <vector>

namespace quant {

namespace {

/// A pattern element: one literal character, or a star that takes any run of characters it allows.
struct Token {
    enum Kind { Literal, InSegment, Across } kind;
    char literal = 0;
    bool takes(char c) const { return kind == Across || (kind == InSegment ? c != '.' : c == literal); }
};

std::vector<Token> tokens(std::string_view pattern) {
    std::vector<Token> result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '*') {
            result.push_back({Token::Literal, pattern[i]});
        } else if (i + 1 < pattern.size() && pattern[i + 1] == '*') {
            result.push_back({Token::Across});
            ++i;
        } else {
            result.push_back({Token::InSegment});
        }
    }
    return result;
}

} // namespace

/// Follows all ways to match at once (a set of pattern positions), so no pattern is slow: length x length steps at
/// most.
bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.find('*') == std::string_view::npos) return pattern == name;
    const std::vector<Token> all = tokens(pattern);
    std::vector<char> reached(all.size() + 1, 0);
    const auto reach = [&](std::vector<char>& set, std::size_t position) {
        set[position] = 1;
        for (; position < all.size() && all[position].kind != Token::Literal; ++position) set[position + 1] = 1;
    };
    reach(reached, 0);
    for (const char c : name) {
        std::vector<char> next(all.size() + 1, 0);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!reached[i] || !all[i].takes(c)) continue;
            reach(next, all[i].kind == Token::Literal ? i + 1 : i);
        }
        reached.swap(next);
    }
    return reached.back() != 0;
}

bool matches(std::string_view pattern, const ldm::LayerInfo& layer) {
    return matches(pattern, layer.name) || matches(pattern, layer.block);
}

ModelRef modelRef(const ldm::ModelInfo& model) {
    ModelRef ref{model.name, model.fingerprint};
    for (const ldm::LoraInfo& lora : model.loras) ref.loras.push_back({lora.name, lora.fingerprint, lora.weight});
    return ref;
}

} // namespace quant
