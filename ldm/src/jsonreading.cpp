#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <unordered_set>
#include <vector>

namespace ldm {

namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxValues = 4'000'000;

/// What the library's own parser would let pass: repeated keys and values without measure.
class Guard {
public:
    explicit Guard(const std::string& source) : m_source(source) {}

    bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (depth > kMaxDepth)
            throw badInput(m_source + " is nested deeper than " + std::to_string(kMaxDepth) +
                           " levels; it is damaged or not what it should be.");
        if (++m_values > kMaxValues)
            throw badInput(m_source + " holds more than " + std::to_string(kMaxValues) +
                           " JSON values; it is damaged or not what it should be.");
        if (event == Event::object_start) m_keys.emplace_back();
        if (event == Event::object_end) m_keys.pop_back();
        if (event == Event::key && !m_keys.back().insert(parsed.get<std::string>()).second)
            throw badInput(m_source + " has the key " + inQuotes(parsed.get<std::string>()) +
                           " twice; remove one of the two.");
        return true;
    }

private:
    const std::string& m_source;
    std::vector<std::unordered_set<std::string>> m_keys;
    std::size_t m_values = 0;
};

/// "[json.exception.parse_error.101] parse error at line 1, column 2: ...; last read: ..." without its two ends.
std::string reason(const nlohmann::json::exception& failure) {
    std::string text = failure.what();
    if (const std::size_t prefix = text.find("] "); prefix != std::string::npos) text.erase(0, prefix + 2);
    return text.substr(0, text.find("; last read"));
}

} // namespace

nlohmann::json parseJson(std::string_view text, const std::string& source) {
    if (!isUtf8(text)) throw badInput(source + " is not UTF-8; save it in that encoding or fetch it again.");
    if (text.find('\0') != std::string_view::npos) // the library would take it for the end
        throw badInput(source + " is not valid JSON (it holds a NUL byte); correct it or fetch it again.");
    Guard guard(source);
    try {
        return nlohmann::json::parse(text.begin(), text.end(), std::ref(guard));
    } catch (const nlohmann::json::exception& failure) {
        throw badInput(source + " is not valid JSON (" + reason(failure) + "); correct it or fetch it again.");
    }
}

nlohmann::json readJsonObject(const std::filesystem::path& path) {
    nlohmann::json json = parseJson(readTextFile(path), path.string());
    if (!json.is_object()) throw badInput(path.string() + " must hold a JSON object at its top level; correct it.");
    return json;
}

} // namespace ldm
