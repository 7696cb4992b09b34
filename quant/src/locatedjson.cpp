#include "locatedjson.h"

#include "nearest.h"

#include <ldm/error.h>
#include <ldm/files.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>

namespace quant {

namespace {

constexpr std::size_t kDeepest = 16;

/// Follows the parser from character to character. A token is known by its first one, since the parser reads a
/// character ahead behind a number.
class Position {
public:
    TextPlace token() const { return m_token; } ///< where the last token began

    void pass(char c) {
        if (m_inText)
            passText(c);
        else if (c == '"')
            begin(m_inText = true);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':')
            m_inWord = false;
        else if (c == '{' || c == '[' || c == '}' || c == ']')
            begin(false);
        else if (!m_inWord)
            begin(true);
        ++m_here.column;
        if (c == '\n') m_here = {m_here.line + 1, 1};
    }

private:
    void begin(bool word) {
        const bool endsNumber = m_inWord && !word; // read ahead: the number is not told of yet
        m_inWord = word && !m_inText;
        if (!endsNumber) m_token = m_here;
    }
    void passText(char c) {
        m_inText = m_escaped || c != '"';
        m_escaped = !m_escaped && c == '\\';
    }

    TextPlace m_here;
    TextPlace m_token;
    bool m_inText = false;
    bool m_escaped = false;
    bool m_inWord = false;
};

/// Input iterator that keeps a Position up to date. The parser copies its iterators, so the position is shared.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, Position* position) : m_at(at), m_position(position) {}
    reference operator*() const { return *m_at; }
    CountingIterator& operator++() {
        m_position->pass(*m_at++);
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator& other) const { return m_at == other.m_at; }
    bool operator!=(const CountingIterator& other) const { return m_at != other.m_at; }

private:
    const char* m_at;
    Position* m_position;
};

/// Builds the tree from the parser's events.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    TreeBuilder(const std::string& file, const Position& position) : m_file(file), m_position(position) {}

    LocatedJson take() { return std::move(m_root); }

    bool null() override {
        add(LocatedJson::Kind::Null);
        return true;
    }
    bool boolean(bool value) override {
        add(LocatedJson::Kind::Bool).boolean = value;
        return true;
    }
    bool number_integer(number_integer_t value) override {
        LocatedJson& added = add(LocatedJson::Kind::Integer);
        added.integer = value;
        added.number = static_cast<double>(value);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (value <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
            return number_integer(static_cast<number_integer_t>(value));
        add(LocatedJson::Kind::Number).number = static_cast<double>(value);
        return true;
    }
    bool number_float(number_float_t value, const string_t&) override {
        add(LocatedJson::Kind::Number).number = value;
        return true;
    }
    bool string(string_t& value) override {
        add(LocatedJson::Kind::String).text = std::move(value);
        return true;
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(LocatedJson::Kind::Object); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(LocatedJson::Kind::Array); }
    bool end_array() override { return close(); }

    bool key(string_t& value) override {
        const auto [same, isNew] = m_keys.back().emplace(value, m_position.token().line);
        if (!isNew)
            failAt(m_file, m_position.token(),
                   "key '" + value + "' stands here a second time, after line " + std::to_string(same->second) +
                       "; remove one of the two");
        m_open.back()->members.push_back({std::move(value), m_position.token(), {}});
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        failAt(m_file, m_position.token(), "not valid JSON (" + reason(error.what()) + "); correct this line");
    }

private:
    LocatedJson& place() {
        if (m_open.empty()) return m_root;
        LocatedJson& parent = *m_open.back();
        return parent.kind == LocatedJson::Kind::Object ? parent.members.back().value : parent.items.emplace_back();
    }

    LocatedJson& add(LocatedJson::Kind kind) {
        LocatedJson& result = place();
        result.kind = kind;
        result.place = m_position.token();
        return result;
    }

    bool open(LocatedJson::Kind kind) {
        if (m_open.size() == kDeepest)
            failAt(m_file, m_position.token(),
                   "values are nested more than " + std::to_string(kDeepest) +
                       " levels deep; no such file has that many");
        m_open.push_back(&add(kind));
        m_keys.emplace_back();
        return true;
    }

    bool close() {
        m_open.pop_back();
        m_keys.pop_back();
        return true;
    }

    /// The part of the parser's message that says what is wrong, without its own counting of lines.
    static std::string reason(std::string message) {
        const auto dash = message.find(" - ");
        message.erase(0, dash == std::string::npos ? message.find(": ") + 2 : dash + 3);
        return message.substr(0, message.find(';'));
    }

    const std::string& m_file;
    const Position& m_position;
    LocatedJson m_root;
    std::vector<LocatedJson*> m_open; ///< parents grow only at their end while a child is open, so pointers stay valid
    std::vector<std::unordered_map<std::string, int>> m_keys; ///< lines of the keys so far, by open value
};

} // namespace

void failAt(const std::string& file, TextPlace place, const std::string& sentence) {
    throw ldm::badInput(file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + sentence +
                        ".");
}

const LocatedJson* LocatedJson::find(std::string_view key) const {
    for (const Member& member : members)
        if (member.key == key) return &member.value;
    return nullptr;
}

LocatedJson parseLocatedJson(std::string_view text, const std::string& file) {
    if (!ldm::isUtf8(text)) throw ldm::badInput(file + ": the text is not UTF-8; save it again as UTF-8.");
    Position position;
    TreeBuilder builder(file, position);
    const char* begin = text.data();
    nlohmann::json::sax_parse(CountingIterator(begin, &position), CountingIterator(begin + text.size(), &position),
                              &builder);
    return builder.take();
}

ObjectReader::ObjectReader(const LocatedJson& json, std::string file, std::string what, std::vector<std::string> known)
    : m_json(json), m_file(std::move(file)), m_what(std::move(what)) {
    if (json.kind != LocatedJson::Kind::Object)
        fail(json.place, m_what + " must be an object of the form {\"" + known.front() + "\": ...}");
    for (const LocatedJson::Member& member : json.members) {
        if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
        fail(member.place, "unknown key '" + member.key + "' in " + m_what + "; did you mean " +
                               quotedList(nearest(member.key, known, 1)) + "? All keys are " + quotedList(known));
    }
}

const LocatedJson& ObjectReader::required(std::string_view key) const {
    if (const LocatedJson* value = m_json.find(key)) return *value;
    fail(m_json.place, m_what + " has no key '" + std::string(key) + "'; add it");
}

void ObjectReader::read(std::string_view key, std::string& value) const {
    if (const LocatedJson* json = optional(key)) value = string(*json, key);
}

const std::string& ObjectReader::string(const LocatedJson& value, std::string_view key) const {
    if (value.kind != LocatedJson::Kind::String)
        fail(value.place, "'" + std::string(key) + "' must be a text in double quotes");
    return value.text;
}

bool ObjectReader::boolean(const LocatedJson& value, std::string_view key) const {
    if (value.kind != LocatedJson::Kind::Bool) fail(value.place, "'" + std::string(key) + "' must be true or false");
    return value.boolean;
}

std::int64_t ObjectReader::integer(const LocatedJson& value, std::string_view key) const {
    if (value.kind != LocatedJson::Kind::Integer)
        fail(value.place, "'" + std::string(key) + "' must be a whole number");
    return value.integer;
}

double ObjectReader::number(const LocatedJson& value, std::string_view key) const {
    if (value.kind != LocatedJson::Kind::Integer && value.kind != LocatedJson::Kind::Number)
        fail(value.place, "'" + std::string(key) + "' must be a number");
    return value.number;
}

const std::vector<LocatedJson>& ObjectReader::array(const LocatedJson& value, std::string_view key) const {
    if (value.kind != LocatedJson::Kind::Array)
        fail(value.place, "'" + std::string(key) + "' must be a list in square brackets");
    return value.items;
}

void ObjectReader::fail(TextPlace place, const std::string& sentence) const {
    failAt(m_file, place, sentence);
}

} // namespace quant
