#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// The words that byte-pair encoding works on: `text` (UTF-8) cleaned, composed and lower-cased as BasicTokenizer of
/// transformers does it with `strip_accents=False, do_split_on_punc=False`, then cut by CLIP's pattern
/// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, case ignored.
std::vector<std::string> clipWords(std::string_view text);

} // namespace ldm
