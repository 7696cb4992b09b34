#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ldm {

/// The folders of this process's control group and of all groups around it, innermost first, for both versions of the
/// hierarchy. Each may lack the files of `controller` ("cpu", "memory").
std::vector<std::filesystem::path> controlGroups(const std::string& controller);

} // namespace ldm
