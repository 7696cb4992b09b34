#include "configreading.h"

#include <ldm/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

int ConfigReader::checkedInteger(const std::string& key, const json& value, int low, int high) const {
    const double number = checkedNumber(key, value, low, high);
    if (number != std::floor(number)) refuse(key, "must be a whole number");
    return static_cast<int>(number);
}

double ConfigReader::checkedNumber(const std::string& key, const json& value, double low, double high) const {
    if (!value.is_number()) refuse(key, "must be a number");
    const double number = value.get<double>();
    if (!(number >= low && number <= high)) refuse(key, "must lie between " + shown(low) + " and " + shown(high));
    return number;
}

int ConfigReader::integer(const std::string& key, int fallback, int low, int high) {
    const json* value = find(key);
    return value ? checkedInteger(key, *value, low, high) : fallback;
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
    std::string value = text(key, fallback);
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
        std::string list;
        for (const char* name : allowed) list += (list.empty() ? "" : ", ") + std::string(name);
        refuse(key, "is not computed by this version, which knows " + list);
    }
    return value;
}

std::vector<int> ConfigReader::integers(const std::string& key, std::vector<int> fallback, int low, int high,
                                        std::size_t count) {
    const json* value = find(key);
    if (!value) return fallback;
    if (count > 0 && value->is_number()) return std::vector<int>(count, checkedInteger(key, *value, low, high));
    if (!value->is_array() || value->empty() || value->size() > kLongestList)
        refuse(key, "must be a list of 1 to " + std::to_string(kLongestList) + " whole numbers");
    if (count > 0 && value->size() != count) refuse(key, "must have " + std::to_string(count) + " entries");
    std::vector<int> result;
    for (const json& entry : *value) result.push_back(checkedInteger(key, entry, low, high));
    return result;
}

std::vector<std::vector<int>> ConfigReader::integerLists(const std::string& key, int fallback, int low, int high,
                                                         const std::vector<int>& counts) {
    const json* value = find(key);
    const bool single = !value || value->is_number();
    if (!single && (!value->is_array() || value->size() != counts.size()))
        refuse(key, "must be a whole number or a list of " + std::to_string(counts.size()) + " entries");
    std::vector<std::vector<int>> result;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const json entry = single ? (value ? *value : json(fallback)) : (*value)[i];
        const auto count = static_cast<std::size_t>(counts[i]);
        if (entry.is_array() && entry.size() != count)
            refuse(key, "must have " + std::to_string(count) + " numbers in list " + std::to_string(i));
        std::vector<int>& list = result.emplace_back();
        for (std::size_t k = 0; k < count; ++k)
            list.push_back(checkedInteger(key, entry.is_array() ? entry[k] : entry, low, high));
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
    if (value && !value->is_null() && std::find(allowed.begin(), allowed.end(), *value) == allowed.end())
        refuse(key, "is not computed by this version");
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
