#include "nearest.h"

#include <algorithm>
#include <numeric>

namespace quant {

namespace {

/// Levenshtein distance with a free '*' in the pattern, row by row over the pattern.
std::size_t edits(std::string_view pattern, std::string_view name) {
    std::vector<std::size_t> row(name.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char p : pattern) {
        std::size_t diagonal = row[0];
        if (p != '*') ++row[0];
        for (std::size_t j = 1; j <= name.size(); ++j) {
            const std::size_t above = row[j];
            if (p == '*')
                row[j] = std::min(above, row[j - 1]);
            else
                row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (p == name[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

} // namespace

std::vector<std::string> nearest(std::string_view pattern, const std::vector<std::string>& names, std::size_t count) {
    constexpr std::size_t kLongestPattern = 512; // longer ones resemble nothing
    pattern = pattern.substr(0, kLongestPattern);
    std::vector<std::pair<std::size_t, std::size_t>> ranked;
    for (std::size_t i = 0; i < names.size(); ++i) ranked.emplace_back(edits(pattern, names[i]), i);
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) result.push_back(names[ranked[i].second]);
    return result;
}

std::vector<std::string> matchableNames(const ldm::ModelInfo& model) {
    std::vector<std::string> names;
    for (const ldm::BlockInfo& block : model.blocks) names.push_back(block.id);
    for (const ldm::LayerInfo& layer : model.layers)
        if (layer.name != layer.block) names.push_back(layer.name);
    return names;
}

std::string quotedList(const std::vector<std::string>& names, std::string_view lastWord) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 && i + 1 == names.size())
            text.append(" ").append(lastWord).append(" ");
        else if (i > 0)
            text.append(", ");
        text.append("'").append(names[i]).append("'");
    }
    return text;
}

} // namespace quant
