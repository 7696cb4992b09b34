#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace ldm {

/// Parses JSON from a hostile source: UTF-8, no key twice in one object, at most 64 levels and four million values.
/// Throws BadInput naming `source` and the line and column.
nlohmann::json parseJson(std::string_view text, const std::string& source);

/// The same for a file, whose top level must be an object.
nlohmann::json readJsonObject(const std::filesystem::path& path);

} // namespace ldm
