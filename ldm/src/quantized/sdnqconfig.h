#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ldm {

/// How SDNQ stores one weight.
struct SdnqType {
    std::string name = "int8";
    int bits = 8;
    bool isUnsigned = false;
    int group = -1; ///< inputs with one scale; -1: all of an output, -2: one scale for everything, 0: as it was chosen
};

/// What a quantization_config of SDNQ says about each weight. Names are those of tensors: "conv_in.weight".
class SdnqConfig {
public:
    SdnqConfig(const nlohmann::json& config, std::string file) : m_config(config), m_file(std::move(file)) {}

    bool isLeftAlone(const std::string& weight) const;
    /// Throws BadInput, naming the weight, for types and ways of storing that are not read here.
    SdnqType typeOf(const std::string& weight) const;

private:
    const nlohmann::json& entry(const char* key, nlohmann::json::value_t type) const;
    nlohmann::json settingsOf(const std::string& weight) const;

    const nlohmann::json& m_config;
    std::string m_file;
};

/// True if an entry of one of SDNQ's lists means this name: the same, one of its components, with "*" for anything, or
/// behind a dot what it begins with.
bool sdnqMatches(std::string_view entry, std::string_view name);

/// Groups that SDNQ divides so many inputs into, which need not be of the wanted size; 1 stands for no groups.
std::int64_t sdnqGroups(std::int64_t inputs, std::int64_t group);

} // namespace ldm
