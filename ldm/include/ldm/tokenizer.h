#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace ldm {

/// CLIP's byte-level BPE tokenizer with the rules of transformers' CLIPTokenizer without ftfy ("basic"): Unicode
/// NFC and whitespace clean-up, CJK ideographs split, lower-casing, control characters dropped. Unicode by ICU.
/// Immutable; any thread may use it.
class Tokenizer {
public:
    /// Reads vocab.json and merges.txt of a folder, tokenizer_config.json and special_tokens_map.json where there.
    /// Throws BadInput with file and place.
    static Tokenizer open(const std::filesystem::path& folder);
    ~Tokenizer();
    Tokenizer(Tokenizer&&) noexcept;

    /// All ids with start and end token, neither cut nor padded. Bytes that are no UTF-8 throw BadInput.
    std::vector<int> encode(std::string_view text) const;
    /// Cut and padded to `length`, at least 2 (0: the configured model_max_length).
    std::vector<int> padded(std::string_view text, int length = 0) const;
    int maxLength() const;
    int vocabularySize() const; ///< one more than the largest id

private:
    struct Impl;
    explicit Tokenizer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
