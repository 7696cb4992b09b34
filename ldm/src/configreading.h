#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace ldm {

/// Reads one configuration file strictly: every value is checked, and finish() refuses every key that was not read,
/// unless it is null or its name begins with an underscore. All functions throw BadInput naming file, key, value and
/// what may stand there. A whole number may be written as 3 or 3.0.
class ConfigReader {
public:
    ConfigReader(const nlohmann::json& document, std::string file);

    bool has(const std::string& key) const;    ///< present and not null
    bool isNull(const std::string& key) const; ///< present and null
    int integer(const std::string& key, int fallback, int low, int high);
    double number(const std::string& key, double fallback, double low, double high);
    bool boolean(const std::string& key, bool fallback);
    std::string text(const std::string& key, const std::string& fallback);
    std::string oneOf(const std::string& key, const std::string& fallback, std::initializer_list<const char*> allowed);
    /// A list of integers or, where `count` is given, one integer that stands for `count` equal ones.
    std::vector<int> integers(const std::string& key, std::vector<int> fallback, int low, int high,
                              std::size_t count = 0);
    /// One list of counts[i] integers per i. An integer in its place stands for as many equal ones, and one integer in
    /// place of everything for all of them.
    std::vector<std::vector<int>> integerLists(const std::string& key, int fallback, int low, int high,
                                               const std::vector<int>& counts);
    /// `count` truth values, or one that stands for all.
    std::vector<bool> booleans(const std::string& key, bool fallback, std::size_t count);
    std::vector<double> numbers(const std::string& key);
    std::vector<std::string> texts(const std::string& key, std::vector<std::string> fallback);

    /// "_class_name", where it is there, must be the class under which the pipeline lists the part.
    void requireClass(const char* name);

    /// The key must be absent, null or equal to one of the values: no other is computed by this version.
    void only(const std::string& key, std::initializer_list<nlohmann::json> allowed);
    /// Keys that cannot change what is computed here.
    void ignore(std::initializer_list<const char*> keys);
    void finish() const;

    [[noreturn]] void refuse(const std::string& key, const std::string& why) const;

private:
    const nlohmann::json* find(const std::string& key);
    double checkedNumber(const std::string& key, const nlohmann::json& value, double low, double high) const;

    const nlohmann::json& m_json;
    std::string m_file;
    std::set<std::string> m_read;
};

} // namespace ldm
