#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/tokenizer.h>

#include "bytepairs.h"
#include "cliptext.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>

namespace ldm {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxId = 1 << 24;
constexpr int kDefaultLength = 77;
constexpr int kMaxLength = 1 << 16;
constexpr std::size_t kMaxMerges = 48894; // transformers reads no more: 49152 tokens less 256 bytes and 2 special ones
constexpr std::string_view kWordEnd = "</w>";
constexpr const char* kStartToken = "<|startoftext|>";
constexpr const char* kEndToken = "<|endoftext|>";
constexpr const char* kVocabularyFile = "vocab.json";
constexpr const char* kMergesFile = "merges.txt";
constexpr const char* kConfigFile = "tokenizer_config.json";
constexpr const char* kSpecialFile = "special_tokens_map.json";

using Vocabulary = std::unordered_map<std::string, int>;

/// GPT-2's printable stand-in for every byte, as UTF-8.
std::array<std::string, 256> byteAlphabet() {
    std::array<std::string, 256> alphabet;
    int next = 256;
    for (int byte = 0; byte < 256; ++byte) {
        const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
        const int codePoint = printable ? byte : next++;
        std::string& text = alphabet[static_cast<std::size_t>(byte)];
        if (codePoint < 0x80) {
            text = static_cast<char>(codePoint);
        } else {
            text += static_cast<char>(0xC0 | (codePoint >> 6));
            text += static_cast<char>(0x80 | (codePoint & 0x3F));
        }
    }
    return alphabet;
}

/// The stand-ins in GPT-2's order: printable bytes first, then the others.
std::vector<std::string> sortedAlphabet() {
    const std::array<std::string, 256> alphabet = byteAlphabet();
    std::vector<std::string> sorted(alphabet.begin(), alphabet.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

/// One of the files and its name in messages.
struct NamedText {
    std::string name;
    const std::string& text;
};

NamedText textOf(const TokenizerFiles& files, const char* name) {
    const std::string path = (fs::path(files.source) / name).string();
    const auto found = files.texts.find(name);
    if (found == files.texts.end()) throw badInput(path + " does not exist; fetch the tokenizer's files again.");
    return {path, found->second};
}

nlohmann::json objectOf(const TokenizerFiles& files, const char* name) {
    const NamedText file = textOf(files, name);
    nlohmann::json json = parseJson(file.text, file.name);
    if (!json.is_object()) throw badInput(file.name + ": must hold a JSON object at its top level; correct it.");
    return json;
}

Vocabulary readVocabulary(const TokenizerFiles& files) {
    const nlohmann::json json = objectOf(files, kVocabularyFile);
    Vocabulary vocabulary;
    for (const auto& [token, id] : json.items()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxId)
            throw badInput(textOf(files, kVocabularyFile).name + ": token " + inQuotes(token) +
                           " has an id that is no integer from 0 to " + std::to_string(kMaxId - 1) +
                           "; fetch the file again.");
        vocabulary.emplace(token, id.get<int>());
    }
    return vocabulary;
}

/// The pairs "left right" of merges.txt by rank.
std::vector<std::string> mergesOf(const TokenizerFiles& files) {
    const auto& [path, text] = textOf(files, kMergesFile);
    std::vector<std::string> merges;
    std::string_view rest = std::string_view(text).substr(0, text.find_last_not_of(" \r\n") + 1);
    for (std::size_t line = 1; !rest.empty() && line <= kMaxMerges + 1; ++line) {
        std::string_view pair = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (line == 1) continue; // "#version: 0.2"
        if (pair.ends_with('\r')) pair.remove_suffix(1);
        const std::size_t gap = pair.find(' ');
        if (gap == std::string_view::npos || gap == 0 || gap + 1 == pair.size() || pair.find(' ', gap + 1) != pair.npos)
            throw badInput(path + ", line " + std::to_string(line) + ": " + inQuotes(pair) +
                           " is not a pair of symbols with one space between; fetch the file again.");
        merges.emplace_back(pair);
    }
    return merges;
}

/// tokenizer_config.json completed by special_tokens_map.json, which older folders keep their special tokens in.
nlohmann::json readConfig(const TokenizerFiles& files) {
    nlohmann::json config = nlohmann::json::object();
    if (files.texts.contains(kConfigFile)) config = objectOf(files, kConfigFile);
    if (!config.contains("added_tokens_decoder") && files.texts.contains(kSpecialFile))
        config.update(objectOf(files, kSpecialFile));
    return config;
}

int readMaxLength(const nlohmann::json& config) {
    const auto found = config.find("model_max_length");
    if (found == config.end() || found->is_null()) return kDefaultLength;
    // "No limit" is written as a number beyond all integers; CLIP's own length holds then.
    if (found->is_number() && found->get<double>() > kMaxLength) return kDefaultLength;
    if (!found->is_number_unsigned() || found->get<int>() < 2)
        throw badInput("tokenizer_config.json: model_max_length is " + inQuotes(found->dump()) +
                       " and no whole number from 2, which start and end token alone need; correct it.");
    return found->get<int>();
}

/// Leftmost, then longest of `tokens` in `text`: where it starts and which it is.
std::optional<std::pair<std::size_t, std::string>> firstOf(const std::vector<std::string>& tokens,
                                                           std::string_view text) {
    std::optional<std::pair<std::size_t, std::string>> best;
    for (const std::string& token : tokens) {
        const std::size_t at = text.find(token);
        if (at == std::string_view::npos) continue;
        if (!best || at < best->first || (at == best->first && token.size() > best->second.size())) best = {at, token};
    }
    return best;
}

} // namespace

struct Tokenizer::Impl {
    const std::array<std::string, 256> alphabet = byteAlphabet();
    Vocabulary vocabulary;
    std::optional<BytePairs> pairs;
    std::vector<std::string> added; ///< tokens that are recognized in the raw text
    int start = 0;
    int end = 0;
    int pad = 0;
    int unknown = 0;
    int maxLength = kDefaultLength;

    void readAdded(const nlohmann::json& config, const std::string& file);
    int special(const nlohmann::json& config, const char* key, const char* fallback, const std::string& vocabularyFile);
    int idOf(const std::string& token) const;
    void appendWord(const std::string& word, std::vector<int>& ids) const;
    std::vector<int> idsOf(std::string_view text) const;
};

void Tokenizer::Impl::readAdded(const nlohmann::json& config, const std::string& file) {
    const auto decoder = config.find("added_tokens_decoder");
    if (decoder == config.end()) return;
    const auto fail = [&](const std::string& fault) {
        return badInput(file + ": added_tokens_decoder " + fault + "; correct it or fetch the file again.");
    };
    if (!decoder->is_object()) throw fail("is not an object");
    for (const auto& [key, token] : decoder->items()) {
        int id = -1;
        const auto [end_, error] = std::from_chars(key.data(), key.data() + key.size(), id);
        if (error != std::errc{} || end_ != key.data() + key.size() || id < 0 || id >= kMaxId)
            throw fail("has the key " + inQuotes(key) + ", which is no token id");
        if (!token.is_object() || !token.contains("content") || !token["content"].is_string() ||
            token["content"].get_ref<const std::string&>().empty())
            throw fail("has no text \"content\" under " + inQuotes(key));
        if (token.value("single_word", nlohmann::json(false)) == true)
            throw fail("asks for single_word under " + inQuotes(key) + ", which this program does not support");
        vocabulary.insert_or_assign(token["content"].get<std::string>(), id);
        added.push_back(token["content"].get<std::string>());
    }
}

int Tokenizer::Impl::special(const nlohmann::json& config, const char* key, const char* fallback,
                             const std::string& vocabularyFile) {
    std::string token = fallback;
    const auto found = config.find(key);
    if (found != config.end() && found->is_string()) token = found->get<std::string>();
    if (found != config.end() && found->is_object() && found->contains("content") && (*found)["content"].is_string())
        token = (*found)["content"].get<std::string>();
    const auto id = vocabulary.find(token);
    if (token.empty() || id == vocabulary.end())
        throw badInput(vocabularyFile + ": the " + std::string(key) + " " + inQuotes(token) +
                       " is not in the vocabulary; use the tokenizer files of one model together.");
    if (std::find(added.begin(), added.end(), token) == added.end()) added.push_back(token);
    return id->second;
}

int Tokenizer::Impl::idOf(const std::string& token) const {
    const auto found = vocabulary.find(token);
    return found == vocabulary.end() ? unknown : found->second;
}

void Tokenizer::Impl::appendWord(const std::string& word, std::vector<int>& ids) const {
    if (word == kStartToken || word == kEndToken) return ids.push_back(idOf(word));
    std::vector<std::string> symbols;
    for (const char byte : word) symbols.push_back(alphabet[static_cast<unsigned char>(byte)]);
    symbols.back() += kWordEnd;
    for (const std::string& symbol : pairs->join(std::move(symbols))) ids.push_back(idOf(symbol));
}

std::vector<int> Tokenizer::Impl::idsOf(std::string_view text) const {
    std::vector<int> ids;
    while (!text.empty()) {
        const auto found = firstOf(added, text);
        const std::size_t plain = found ? found->first : text.size();
        for (const std::string& word : clipWords(text.substr(0, plain))) appendWord(word, ids);
        if (!found) break;
        ids.push_back(idOf(found->second));
        text.remove_prefix(plain + found->second.size());
    }
    return ids;
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {
}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

TokenizerFiles TokenizerFiles::of(const fs::path& folder) {
    TokenizerFiles files{folder.string(), {}};
    for (const char* name : {kVocabularyFile, kMergesFile}) files.texts.emplace(name, readTextFile(folder / name));
    for (const char* name : {kConfigFile, kSpecialFile})
        if (fs::exists(folder / name)) files.texts.emplace(name, readTextFile(folder / name));
    return files;
}

/// vocab.json follows from the merges: all bytes, all bytes that end a word, what merges make, and the special tokens.
TokenizerFiles TokenizerFiles::clip(const std::string& padToken) {
    TokenizerFiles files{(resourceFolder() / "clip").string(), {}};
    files.texts.emplace(kMergesFile, readTextFile(fs::path(files.source) / kMergesFile));
    std::vector<std::string> tokens;
    for (const char* ending : {"", "</w>"})
        for (const std::string& symbol : sortedAlphabet()) tokens.push_back(symbol + ending);
    for (const std::string& pair : mergesOf(files)) {
        const std::size_t gap = pair.find(' ');
        tokens.push_back(pair.substr(0, gap) + pair.substr(gap + 1));
    }
    tokens.insert(tokens.end(), {kStartToken, kEndToken});
    std::string vocabulary; // as text: an ordered JSON object looks through all its keys for each new one
    for (std::size_t id = 0; id < tokens.size(); ++id)
        vocabulary.append(id ? "," : "{")
            .append(nlohmann::json(tokens[id]).dump())
            .append(":")
            .append(std::to_string(id));
    files.texts.emplace(kVocabularyFile, vocabulary + "}");
    const nlohmann::ordered_json config = {{"tokenizer_class", "CLIPTokenizer"},
                                           {"model_max_length", kDefaultLength},
                                           {"bos_token", kStartToken},
                                           {"eos_token", kEndToken},
                                           {"unk_token", kEndToken},
                                           {"pad_token", padToken},
                                           {"do_lower_case", true},
                                           {"errors", "replace"},
                                           {"add_prefix_space", false}};
    files.texts.emplace(kConfigFile, config.dump(2));
    return files;
}

Tokenizer Tokenizer::read(const TokenizerFiles& files) {
    auto impl = std::make_unique<Impl>();
    impl->vocabulary = readVocabulary(files);
    impl->pairs.emplace(mergesOf(files));
    const nlohmann::json config = readConfig(files);
    impl->readAdded(config, (fs::path(files.source) / kConfigFile).string());
    const std::string vocabulary = textOf(files, kVocabularyFile).name;
    impl->start = impl->special(config, "bos_token", kStartToken, vocabulary);
    impl->end = impl->special(config, "eos_token", kEndToken, vocabulary);
    impl->pad = impl->special(config, "pad_token", kEndToken, vocabulary);
    impl->unknown = impl->special(config, "unk_token", kEndToken, vocabulary);
    impl->maxLength = readMaxLength(config);
    return Tokenizer(std::move(impl));
}

std::vector<int> Tokenizer::encode(std::string_view text) const {
    if (!isUtf8(text)) throw badInput("The prompt is not UTF-8 text; save or type it in that encoding.");
    std::vector<int> ids = m_impl->idsOf(text);
    ids.insert(ids.begin(), m_impl->start);
    ids.push_back(m_impl->end);
    return ids;
}

std::vector<int> Tokenizer::padded(std::string_view text, int length) const {
    return fitted(encode(text), length);
}

std::vector<int> Tokenizer::fitted(std::vector<int> ids, int length) const {
    const auto wanted = static_cast<std::size_t>(length > 0 ? length : m_impl->maxLength);
    if (ids.size() > wanted) {
        ids.resize(wanted);
        ids.back() = m_impl->end;
    }
    ids.resize(wanted, m_impl->pad);
    return ids;
}

int Tokenizer::maxLength() const {
    return m_impl->maxLength;
}

int Tokenizer::vocabularySize() const {
    int largest = -1;
    for (const auto& [token, id] : m_impl->vocabulary) largest = std::max(largest, id);
    return largest + 1;
}

} // namespace ldm
