#include "sdnqconfig.h"

#include "../configreading.h"

#include <ldm/error.h>

#include <algorithm>
#include <array>

namespace ldm {

using nlohmann::json;

namespace {

constexpr std::array<const char*, 5> kUnread = {"use_svd", "use_hadamard", "use_codebook", "use_quantized_matmul",
                                                "use_quantized_matmul_conv"};

bool hasComponent(std::string_view name, std::string_view component) {
    while (true) {
        const std::size_t dot = name.find('.');
        if (name.substr(0, dot) == component) return true;
        if (dot == std::string_view::npos) return false;
        name.remove_prefix(dot + 1);
    }
}

/// True if the pattern matches a beginning of the name; each "*" as little as it can.
bool matchesBeginning(std::string_view pattern, std::string_view name) {
    const std::size_t star = pattern.find('*');
    if (!name.starts_with(pattern.substr(0, star))) return false;
    if (star == std::string_view::npos) return true;
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    while (!pattern.empty()) {
        const std::size_t next = pattern.find('*');
        const std::string_view piece = pattern.substr(0, next);
        const std::size_t found = name.find(piece);
        if (found == std::string_view::npos) return false;
        name.remove_prefix(found + piece.size());
        pattern.remove_prefix(next == std::string_view::npos ? pattern.size() : next + 1);
    }
    return true;
}

bool listMatches(const json& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(), [&](const json& entry) {
        return entry.is_string() && sdnqMatches(entry.get_ref<const std::string&>(), name);
    });
}

} // namespace

bool sdnqMatches(std::string_view entry, std::string_view name) {
    if (entry.starts_with('.')) return name.starts_with(entry.substr(1));
    return entry == name || hasComponent(name, entry) ||
           (entry.find('*') != std::string_view::npos && matchesBeginning(entry, name));
}

std::int64_t sdnqGroups(std::int64_t inputs, std::int64_t group) {
    if (group <= 0 || group >= inputs) return 1;
    std::int64_t groups = inputs / group;
    while (groups > 1 && groups * group != inputs) group = inputs / std::max<std::int64_t>(1, --groups);
    return std::max<std::int64_t>(1, groups);
}

const json& SdnqConfig::entry(const char* key, json::value_t type) const {
    static const json nothing;
    const auto found = m_config.find(key);
    if (found == m_config.end() || found->is_null()) return nothing;
    if (found->type() != type)
        throw badInput(m_file + ": \"" + key + "\" must be " + (type == json::value_t::array ? "a list" : "an object") +
                       "; fetch the file again.");
    return *found;
}

bool SdnqConfig::isLeftAlone(const std::string& weight) const {
    return listMatches(entry("modules_to_not_convert", json::value_t::array), weight);
}

/// Settings of the weight's own before those of all, a type by list before both. The order of entries is not known
/// here, so those that match one weight must agree.
json SdnqConfig::settingsOf(const std::string& weight) const {
    json settings = m_config;
    json own;
    for (const auto& [name, values] : entry("modules_quant_config", json::value_t::object).items()) {
        if (!sdnqMatches(name, weight)) continue;
        if (!values.is_object() || (!own.is_null() && own != values))
            throw badInput(m_file + ": \"modules_quant_config\" has no one object for " + inQuotes(weight) +
                           "; name each weight once there.");
        own = values;
    }
    if (own.is_object()) settings.update(own);
    std::string listed;
    for (const auto& [type, names] : entry("modules_dtype_dict", json::value_t::object).items()) {
        if (!listMatches(names, weight)) continue;
        if (!listed.empty())
            throw badInput(m_file + ": \"modules_dtype_dict\" lists " + inQuotes(weight) + " as " + inQuotes(listed) +
                           " and as " + inQuotes(type) + "; list it once.");
        listed = type;
    }
    if (!listed.empty()) settings["weights_dtype"] = listed;
    return settings;
}

SdnqType SdnqConfig::typeOf(const std::string& weight) const {
    const json settings = settingsOf(weight);
    ConfigReader reader(settings, m_file + ", " + inQuotes(weight));
    for (const char* key : kUnread) reader.only(key, {false});
    SdnqType type;
    type.name = reader.oneOf("weights_dtype", "int8", {"int8", "uint8", "int4", "uint4"});
    type.isUnsigned = type.name.starts_with('u');
    type.bits = type.name.ends_with('8') ? 8 : 4;
    type.group = reader.integer("group_size", 0, -2, 1 << 30);
    return type;
}

} // namespace ldm
