#pragma once

#include <ldm/safetensors.h>

#include <optional>

namespace ldm {

/// Header sizes above this are refused, by this program as by the reference implementation.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

/// Product of the shape and the element size; nothing on overflow.
std::optional<std::uint64_t> checkedBytes(const std::vector<std::int64_t>& shape, DType dtype);

struct SafetensorsHeader {
    std::vector<TensorEntry> entries; ///< in order of their data
    std::map<std::string, std::string> metadata;
};

/// Checks every rule of the format: `json` is the header's text, `dataBytes` what follows it. Throws BadInput.
SafetensorsHeader parseSafetensorsHeader(std::string_view json, std::uint64_t dataBytes, const std::string& file);

} // namespace ldm
