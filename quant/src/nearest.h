#pragma once

#include <ldm/model.h>

#include <string>
#include <string_view>
#include <vector>

namespace quant {

/// Up to `count` names that need the fewest single-character edits to be matched by `pattern` (in which '*' matches
/// anything for free), nearest first; equal distances in the given order.
std::vector<std::string> nearest(std::string_view pattern, const std::vector<std::string>& names, std::size_t count);

/// The names that rules and treatments can match: of all blocks and layers.
std::vector<std::string> matchableNames(const ldm::ModelInfo& model);

/// "'a', 'b' and 'c'", joined by the given last word.
std::string quotedList(const std::vector<std::string>& names, std::string_view lastWord = "and");

} // namespace quant
