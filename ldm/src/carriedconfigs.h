#pragma once

#include "containers.h"

#include <ldm/error.h>

#include <string>

namespace ldm {

/// The configurations that a single file of ours carries under kCarriedConfigsKey.
class CarriedConfigs {
public:
    /// `file` names the file in messages. Throws BadInput.
    CarriedConfigs(const std::string& text, const std::string& file);

    const std::string& source() const { return m_source; }
    const nlohmann::json& modelIndex() const;
    const nlohmann::json& scheduler() const;
    /// Of a part.
    const nlohmann::json& config(const std::string& name) const;
    TokenizerFiles tokenizer(const std::string& name) const;

private:
    Error fault(const std::string& what) const;

    std::string m_source;
    nlohmann::json m_json;
};

} // namespace ldm
