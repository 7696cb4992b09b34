#include "configreading.h"

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

namespace ldm {

using nlohmann::json;

namespace {

constexpr std::size_t kLongestList = 64;

/// The value as it stands in the file, shortened so that a sentence remains one.
std::string shown(const json& value) {
    std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

std::string plain(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

std::string between(int low, int high) {
    return " from " + std::to_string(low) + " to " + std::to_string(high);
}

std::string wholeNumber(int low, int high) {
    return low == high ? std::to_string(low) : "a whole number" + between(low, high);
}

/// Nothing for any other value.
std::optional<int> wholeNumberIn(const json& value, int low, int high) {
    if (!value.is_number()) return std::nullopt;
    const double number = value.get<double>();
    if (!(number >= low && number <= high) || number != std::floor(number)) return std::nullopt;
    return static_cast<int>(number);
}

} // namespace

ConfigReader::ConfigReader(const json& document, std::string file) : m_json(document), m_file(std::move(file)) {
    if (!m_json.is_object())
        throw badInput(m_file + ": expected a JSON object with the configuration; replace the file.");
}

void ConfigReader::refuse(const std::string& key, const std::string& why) const {
    const std::string value = m_json.contains(key) ? " = " + shown(m_json.at(key)) : "";
    throw badInput(m_file + ": \"" + key + "\"" + value + " " + why + ".");
}

const json* ConfigReader::find(const std::string& key) {
    m_read.insert(key);
    const auto found = m_json.find(key);
    return found == m_json.end() ? nullptr : &*found;
}

bool ConfigReader::has(const std::string& key) const {
    const auto found = m_json.find(key);
    return found != m_json.end() && !found->is_null();
}

bool ConfigReader::isNull(const std::string& key) const {
    const auto found = m_json.find(key);
    return found != m_json.end() && found->is_null();
}

double ConfigReader::checkedNumber(const std::string& key, const json& value, double low, double high) const {
    const double number = value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(number >= low && number <= high)) refuse(key, "must be a number from " + plain(low) + " to " + plain(high));
    return number;
}

int ConfigReader::integer(const std::string& key, int fallback, int low, int high) {
    const json* value = find(key);
    if (!value) return fallback;
    const auto number = wholeNumberIn(*value, low, high);
    if (!number) refuse(key, "must be " + wholeNumber(low, high));
    return *number;
}

double ConfigReader::number(const std::string& key, double fallback, double low, double high) {
    const json* value = find(key);
    return value ? checkedNumber(key, *value, low, high) : fallback;
}

bool ConfigReader::boolean(const std::string& key, bool fallback) {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_boolean()) refuse(key, "must be true or false");
    return value->get<bool>();
}

std::string ConfigReader::text(const std::string& key, const std::string& fallback) {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_string()) refuse(key, "must be a string");
    return value->get<std::string>();
}

std::string ConfigReader::oneOf(const std::string& key, const std::string& fallback,
                                std::initializer_list<const char*> allowed) {
    const json* value = find(key);
    if (!value) return fallback;
    std::string list;
    for (const char* name : allowed) {
        if (*value == name) return name;
        list += (list.empty() ? "" : ", ") + std::string(name);
    }
    refuse(key, "is not computed by this version, which knows " + list + "; use a model with one of these");
}

std::vector<int> ConfigReader::integers(const std::string& key, std::vector<int> fallback, int low, int high,
                                        std::size_t count) {
    const json* value = find(key);
    if (!value) return fallback;
    const json list = count > 0 && !value->is_array() ? json(count, *value) : *value;
    std::vector<int> result;
    if (list.is_array() && (count > 0 ? list.size() == count : list.size() <= kLongestList))
        for (const json& entry : list)
            if (const auto number = wholeNumberIn(entry, low, high)) result.push_back(*number);
    if (!result.empty() && result.size() == list.size()) return result;
    if (count > 0)
        refuse(key, "must be " + wholeNumber(low, high) + " or a list of " + std::to_string(count) + " such");
    refuse(key, "must be a list of 1 to " + std::to_string(kLongestList) + " whole numbers" + between(low, high));
}

std::vector<std::vector<int>> ConfigReader::integerLists(const std::string& key, int fallback, int low, int high,
                                                         const std::vector<int>& counts) {
    const json* value = find(key);
    const bool single = !value || value->is_number();
    const auto requireAll = [&](bool fits) {
        if (!fits)
            refuse(key, "must be " + wholeNumber(low, high) + " or a list of " + std::to_string(counts.size()) +
                            ", one per level, each such a number or a list of one per layer");
    };
    requireAll(single || (value->is_array() && value->size() == counts.size()));
    std::vector<std::vector<int>> result;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const json entry = single ? (value ? *value : json(fallback)) : (*value)[i];
        const auto count = static_cast<std::size_t>(counts[i]);
        if (entry.is_array() && entry.size() != count)
            refuse(key, "must have " + std::to_string(count) + " numbers in list " + std::to_string(i));
        std::vector<int>& list = result.emplace_back();
        for (std::size_t k = 0; k < count; ++k) {
            const auto number = wholeNumberIn(entry.is_array() ? entry[k] : entry, low, high);
            requireAll(number.has_value());
            list.push_back(*number);
        }
    }
    return result;
}

std::vector<bool> ConfigReader::booleans(const std::string& key, bool fallback, std::size_t count) {
    const json* value = find(key);
    if (!value) return std::vector<bool>(count, fallback);
    if (value->is_boolean()) return std::vector<bool>(count, value->get<bool>());
    const auto isBoolean = [](const json& entry) { return entry.is_boolean(); };
    if (!value->is_array() || value->size() != count || !std::all_of(value->begin(), value->end(), isBoolean))
        refuse(key, "must be true, false or a list of " + std::to_string(count) + " of these");
    return value->get<std::vector<bool>>();
}

std::vector<double> ConfigReader::numbers(const std::string& key) {
    const json* value = find(key);
    if (!value || value->is_null()) return {};
    if (!value->is_array()) refuse(key, "must be a list of numbers");
    std::vector<double> result;
    constexpr double kLargest = std::numeric_limits<float>::max();
    for (const json& entry : *value) result.push_back(checkedNumber(key, entry, -kLargest, kLargest));
    return result;
}

std::vector<std::string> ConfigReader::texts(const std::string& key, std::vector<std::string> fallback) {
    const json* value = find(key);
    if (!value) return fallback;
    const auto isText = [](const json& entry) { return entry.is_string(); };
    if (!value->is_array() || value->empty() || value->size() > kLongestList ||
        !std::all_of(value->begin(), value->end(), isText))
        refuse(key, "must be a list of 1 to " + std::to_string(kLongestList) + " names");
    return value->get<std::vector<std::string>>();
}

void ConfigReader::only(const std::string& key, std::initializer_list<json> allowed) {
    const json* value = find(key);
    if (!value || value->is_null() || std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) return;
    std::string list = "null";
    for (const json& each : allowed) list += " or " + shown(each);
    refuse(key, "is not computed by this version, which takes only " + list + "; use a model with that");
}

void ConfigReader::requireClass(const char* name) {
    const json* value = find("_class_name");
    if (value && !value->is_null() && *value != name)
        refuse("_class_name", "contradicts the class that the pipeline names for this part, " + std::string(name) +
                                  "; correct the one that is wrong");
}

void ConfigReader::ignore(std::initializer_list<const char*> keys) {
    m_read.insert(keys.begin(), keys.end());
}

void ConfigReader::finish() const {
    for (const auto& [key, value] : m_json.items()) {
        if (value.is_null() || key.starts_with("_") || m_read.contains(key)) continue;
        refuse(key, "is a key that this version does not know and might change the result; remove it if it does not");
    }
}

} // namespace ldm
