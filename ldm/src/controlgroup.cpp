#include "controlgroup.h"

#include <fstream>
#include <sstream>

namespace ldm {

namespace {

/// Path of this process below the hierarchy of `controller`, which is empty for version 2.
std::string groupPath(const std::string& controller) {
    std::ifstream stream("/proc/self/cgroup");
    for (std::string line; std::getline(stream, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        std::istringstream names(line.substr(first + 1, second - first - 1));
        std::string name;
        do {
            std::getline(names, name, ',');
            if (name == controller) return line.substr(second + 1);
        } while (names);
    }
    return {};
}

} // namespace

std::vector<std::filesystem::path> controlGroups(const std::string& controller) {
    const std::filesystem::path version2 = "/sys/fs/cgroup";
    std::vector<std::filesystem::path> groups;
    for (const auto& [name, root] : {std::pair{std::string(), version2}, {controller, version2 / controller}}) {
        std::filesystem::path group = root / std::filesystem::path(groupPath(name)).relative_path();
        for (; group.native().size() >= root.native().size(); group = group.parent_path()) groups.push_back(group);
    }
    return groups;
}

} // namespace ldm
