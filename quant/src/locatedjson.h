#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quant {

/// A place in a text; both count from 1, columns in bytes.
struct TextPlace {
    int line = 1;
    int column = 1;
};

/// A JSON value that knows where it stands.
struct LocatedJson {
    enum class Kind { Null, Bool, Integer, Number, String, Array, Object };
    struct Member;

    Kind kind = Kind::Null;
    TextPlace place; ///< of its first character
    bool boolean = false;
    std::int64_t integer = 0;
    double number = 0; ///< of Integer and Number
    std::string text;
    std::vector<LocatedJson> items;
    std::vector<Member> members; ///< in the order of the file, keys unique

    const LocatedJson* find(std::string_view key) const;
};

struct LocatedJson::Member {
    std::string key;
    TextPlace place; ///< of the key
    LocatedJson value;
};

/// Throws BadInput "FILE:LINE:COLUMN: sentence.".
[[noreturn]] void failAt(const std::string& file, TextPlace place, const std::string& sentence);

/// Parses one JSON text. Broken JSON, duplicate keys, more than 16 levels and text after the end throw BadInput with
/// "FILE:LINE:COLUMN: ...".
LocatedJson parseLocatedJson(std::string_view text, const std::string& file);

/// Typed access to one object: takes keys one by one and names file, line, column, key and remedy of whatever does not
/// fit.
class ObjectReader {
public:
    /// `what` names the object in messages ("the recipe", "a rule"); `known` are all keys it may have.
    ObjectReader(const LocatedJson& json, std::string file, std::string what, std::vector<std::string> known);

    const LocatedJson* optional(std::string_view key) const { return m_json.find(key); }
    const LocatedJson& required(std::string_view key) const;
    /// Replaces `value` where the key is present.
    void read(std::string_view key, std::string& value) const;
    const std::string& string(const LocatedJson& value, std::string_view key) const;
    bool boolean(const LocatedJson& value, std::string_view key) const;
    std::int64_t integer(const LocatedJson& value, std::string_view key) const;
    double number(const LocatedJson& value, std::string_view key) const;
    const std::vector<LocatedJson>& array(const LocatedJson& value, std::string_view key) const;
    [[noreturn]] void fail(TextPlace place, const std::string& sentence) const;

private:
    const LocatedJson& m_json;
    std::string m_file;
    std::string m_what;
};

} // namespace quant
