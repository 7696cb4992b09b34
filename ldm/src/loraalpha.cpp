#include "loraalpha.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <cmath>

namespace ldm {

namespace {

nlohmann::json objectIn(const std::string& text, const std::string& source) {
    nlohmann::json json = parseJson(text, source);
    if (!json.is_object()) throw badInput(source + " is no JSON object; save the LoRA again.");
    return json;
}

} // namespace

LoraSettings::LoraSettings(const SafetensorsFile& file) : m_source(file.path().string()) {
    for (const char* key : {"lora_adapter_metadata", "adapter_config"})
        if (const auto found = file.metadata().find(key); found != file.metadata().end())
            m_settings.update(objectIn(found->second, m_source + ": metadata " + key));
    if (const auto found = file.metadata().find("lora_alpha"); found != file.metadata().end())
        m_settings["lora_alpha"] = parseJson(found->second, m_source + ": metadata lora_alpha");
    const std::filesystem::path beside = file.path().parent_path() / "adapter_config.json";
    if (file.path().filename() == "adapter_model.safetensors" && std::filesystem::exists(beside))
        m_settings.update(readJsonObject(beside));
    refuseOtherKinds();
}

void LoraSettings::refuseOtherKinds() const {
    for (const auto& [key, value] : m_settings.items())
        for (const std::string name : {"use_dora", "fan_in_fan_out", "lora_bias"})
            if ((key == name || key.ends_with("." + name)) && value.is_boolean() && value.get<bool>())
                throw badInput(m_source + ": the setting " + inQuotes(key) +
                               " makes it another kind than a plain LoRA, which this program cannot add; merge it into "
                               "the model with the program it was made with.");
}

const nlohmann::json* LoraSettings::find(const std::string& part, const char* key) const {
    for (const std::string& name : {part + "." + key, std::string(key)})
        if (const auto found = m_settings.find(name); found != m_settings.end() && !found->is_null()) return &*found;
    return nullptr;
}

double LoraSettings::number(const nlohmann::json& value, const std::string& key) const {
    if (!value.is_number())
        throw badInput(m_source + ": the setting " + inQuotes(key) + " is no number; save the LoRA again.");
    return value.get<double>();
}

/// PEFT takes a pattern for a module of that name, or for one that ends with it behind a dot.
std::optional<double> LoraSettings::patternAlpha(const std::string& part, const std::string& module) const {
    const nlohmann::json* patterns = find(part, "alpha_pattern");
    if (!patterns) return std::nullopt;
    if (!patterns->is_object())
        throw badInput(m_source + ": the setting \"alpha_pattern\" is no object; save the LoRA again.");
    for (const auto& [pattern, value] : patterns->items()) {
        const bool whole = pattern.starts_with('^');
        const std::string name = pattern.substr(whole ? 1 : 0);
        if (name.find_first_of("^$*+?()[]{}|\\") != std::string::npos)
            throw badInput(m_source + ": the alpha_pattern " + inQuotes(pattern) +
                           " is more than a module's name, which this program does not read; write the names out.");
        if (module == name || (!whole && module.ends_with("." + name))) return number(value, "alpha_pattern");
    }
    return std::nullopt;
}

double LoraSettings::factor(const std::string& part, const std::string& module, std::int64_t rank,
                            std::optional<double> alpha) const {
    if (!alpha) alpha = patternAlpha(part, module);
    if (const auto* value = find(part, "lora_alpha"); !alpha && value) alpha = number(*value, "lora_alpha");
    if (!alpha) return 1;
    const nlohmann::json* stabilized = find(part, "use_rslora");
    const bool root = stabilized && stabilized->is_boolean() && stabilized->get<bool>();
    return *alpha / (root ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank));
}

} // namespace ldm
