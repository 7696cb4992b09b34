#include <ldm/model.h>

#include <algorithm>
#include <cstdlib>

namespace ldm {

namespace fs = std::filesystem;

fs::path resourceFolder() {
    if (const char* chosen = std::getenv("NOISEFLOOR_RESOURCES"); chosen && *chosen) return chosen;
    if (std::error_code ignored; fs::is_directory(NOISEFLOOR_SOURCE_RESOURCES, ignored))
        return NOISEFLOOR_SOURCE_RESOURCES;
    return NOISEFLOOR_INSTALLED_RESOURCES;
}

std::vector<std::string> embeddedModels() {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(resourceFolder() / "models", ignored))
        if (fs::exists(entry.path() / "model_index.json", ignored)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace ldm
