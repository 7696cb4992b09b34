#pragma once

#include <ldm/safetensors.h>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace ldm {

/// What PEFT's configuration says about the scale of a LoRA: in the metadata of the file, or in the adapter_config.json
/// beside an adapter_model.safetensors. A file without either has no settings.
class LoraSettings {
public:
    /// Throws BadInput for settings that make it no plain LoRA, and for values of a wrong type.
    explicit LoraSettings(const SafetensorsFile& file);

    /// The factor of up * down for a layer. `alpha` is the layer's own tensor and wins; a LoRA without any alpha has
    /// the factor 1.
    double factor(const std::string& part, const std::string& module, std::int64_t rank,
                  std::optional<double> alpha) const;
    /// The settings as a text: they are a part of what the LoRA is.
    std::string text() const { return m_settings.dump(); }

private:
    const nlohmann::json* find(const std::string& part, const char* key) const;
    std::optional<double> patternAlpha(const std::string& part, const std::string& module) const;
    double number(const nlohmann::json& value, const std::string& key) const;
    void refuseOtherKinds() const;

    std::string m_source;
    nlohmann::json m_settings = nlohmann::json::object(); ///< "lora_alpha", or by part: "unet.lora_alpha"
};

} // namespace ldm
