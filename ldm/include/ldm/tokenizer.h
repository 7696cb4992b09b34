#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ldm {

/// What a tokenizer is made of, as it lies in a folder or travels inside a single file.
struct TokenizerFiles {
    std::string source;                       ///< the folder or file they come from, for messages
    std::map<std::string, std::string> texts; ///< by file name: vocab.json, merges.txt; where there the other two

    /// Reads vocab.json and merges.txt of a folder, tokenizer_config.json and special_tokens_map.json where there.
    static TokenizerFiles of(const std::filesystem::path& folder);
    /// CLIP's own of 49408 tokens, for models that carry none; its merges come with the program. `padToken` is
    /// "<|endoftext|>" for SD 1.x and SDXL's first encoder, "!" for SD 2.x and SDXL's second.
    static TokenizerFiles clip(const std::string& padToken);
};

/// CLIP's byte-level BPE tokenizer with the rules of transformers' CLIPTokenizer without ftfy ("basic"): Unicode
/// NFC and whitespace clean-up, CJK ideographs split, lower-casing, control characters dropped. Unicode by ICU.
/// Immutable; any thread may use it.
class Tokenizer {
public:
    /// Throws BadInput with file and place.
    static Tokenizer read(const TokenizerFiles& files);
    static Tokenizer open(const std::filesystem::path& folder) { return read(TokenizerFiles::of(folder)); }
    static Tokenizer clip(const std::string& padToken) { return read(TokenizerFiles::clip(padToken)); }
    ~Tokenizer();
    Tokenizer(Tokenizer&&) noexcept;

    /// All ids with start and end token, neither cut nor padded. Bytes that are no UTF-8 throw BadInput.
    std::vector<int> encode(std::string_view text) const;
    /// Ids with start and end token, cut or padded to `length`, at least 2 (0: the configured model_max_length). What
    /// is cut keeps its end token.
    std::vector<int> fitted(std::vector<int> ids, int length = 0) const;
    /// encode() fitted.
    std::vector<int> padded(std::string_view text, int length = 0) const;
    int maxLength() const;
    int vocabularySize() const; ///< one more than the largest id

private:
    struct Impl;
    explicit Tokenizer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ldm
