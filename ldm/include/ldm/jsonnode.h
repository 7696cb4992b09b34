#pragma once

#include <ldm/error.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ldm {

/// What a JSON text is, for complaints about it.
struct JsonSource {
    std::string file;
    std::string whole;    ///< "the analysis"
    std::string remedy{}; ///< what helps where a key is missing: "make the analysis again"
};

/// A value of a parsed JSON text with its place, so that every complaint can name it: BadInput with file, place and
/// what is wrong there. Text and source must outlive it.
class JsonNode {
public:
    JsonNode(const nlohmann::json& json, const JsonSource& source, std::string place = {})
        : m_json(json), m_source(source), m_place(std::move(place)) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw badInput(m_source.file + ": " + (m_place.empty() ? m_source.whole : m_place) + " " + what);
    }
    const nlohmann::json& json() const { return m_json; }

    /// An object with exactly these keys, of which `optional` ones may be absent.
    void requireKeys(const std::set<std::string>& required, const std::set<std::string>& optional = {}) const {
        if (!m_json.is_object()) fail("must be an object.");
        for (const auto& [key, value] : m_json.items())
            if (!required.count(key) && !optional.count(key)) fail("has the unknown key '" + key + "'; remove it.");
        for (const auto& key : required)
            if (!m_json.contains(key)) fail("lacks the key '" + key + "'; " + m_source.remedy + ".");
    }
    bool has(const char* key) const { return m_json.contains(key); }
    JsonNode operator[](const std::string& key) const {
        return {m_json.at(key), m_source, m_place.empty() ? key : m_place + "." + key};
    }
    std::vector<JsonNode> items(std::size_t most) const {
        if (!m_json.is_array()) fail("must be an array.");
        if (m_json.size() > most) fail("has more than " + std::to_string(most) + " entries.");
        std::vector<JsonNode> nodes;
        for (std::size_t i = 0; i < m_json.size(); ++i)
            nodes.emplace_back(m_json[i], m_source, m_place + "[" + std::to_string(i) + "]");
        return nodes;
    }
    std::vector<std::string> keys() const {
        if (!m_json.is_object()) fail("must be an object.");
        std::vector<std::string> all;
        for (const auto& [key, value] : m_json.items()) all.push_back(key);
        return all;
    }
    std::string text() const {
        if (!m_json.is_string()) fail("must be a text.");
        return m_json.get<std::string>();
    }
    std::string oneOf(const std::vector<std::string>& choices) const {
        std::string list;
        for (const auto& choice : choices) list += (list.empty() ? "" : " or ") + choice;
        if (std::find(choices.begin(), choices.end(), text()) == choices.end()) fail("must be " + list + ".");
        return text();
    }
    bool isNull() const { return m_json.is_null(); }
    bool flag() const {
        if (!m_json.is_boolean()) fail("must be true or false.");
        return m_json.get<bool>();
    }
    double number() const {
        if (!m_json.is_number()) fail("must be a number.");
        return m_json.get<double>();
    }
    template <typename Integer> Integer integer(Integer least, Integer most) const {
        const bool unsignedFits = m_json.is_number_unsigned() && m_json.get<std::uint64_t>() <= std::uint64_t(most) &&
                                  (least <= 0 || m_json.get<std::uint64_t>() >= std::uint64_t(least));
        const bool negativeFits = m_json.is_number_integer() && !m_json.is_number_unsigned() &&
                                  m_json.get<std::int64_t>() >= std::int64_t(least);
        if (!unsignedFits && !negativeFits)
            fail("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
        return m_json.get<Integer>();
    }
    /// Runs a parser of ldm or quant on the text; its complaint gets the place in front.
    template <typename Parser> auto parsed(Parser parser) const {
        try {
            return parser(text());
        } catch (const Error& error) {
            fail(std::string("is wrong: ") + error.what());
        }
    }

private:
    const nlohmann::json& m_json;
    const JsonSource& m_source;
    std::string m_place;
};

template <typename Value> void requireDistinct(const JsonNode& node, std::vector<Value> values) {
    std::sort(values.begin(), values.end());
    if (std::adjacent_find(values.begin(), values.end()) != values.end()) node.fail("holds the same entry twice.");
}

} // namespace ldm
