#include <analysis/ppi.h>

#include <ldm/error.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <set>

namespace analysis::ppi {

namespace {

namespace fs = std::filesystem;

constexpr int kMostSide = 512;
constexpr int kMostColumns = 64;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
    throw ldm::badInput(file.string() + ": " + why + "; install the program again.");
}

int integerIn(const fs::path& file, const nlohmann::json& json, const char* key, int low, int high) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer() || *found < low || *found > high)
        refuse(file, ldm::inQuotes(key) + " must be a whole number from " + std::to_string(low) + " to " +
                         std::to_string(high));
    return found->get<int>();
}

std::vector<std::string> namesIn(const fs::path& file, const nlohmann::json& json) {
    std::vector<std::string> names;
    const auto found = json.find("names");
    if (found == json.end() || !found->is_array()) refuse(file, "\"names\" must be a list of texts");
    for (const auto& name : *found) {
        if (!name.is_string()) refuse(file, "\"names\" holds something that is no text");
        names.push_back(name.get<std::string>());
    }
    if (names.size() < 2 || std::set(names.begin(), names.end()).size() != names.size())
        refuse(file, "\"names\" must hold two different names or more, none of them twice");
    return names;
}

cv::Mat atlasIn(const fs::path& file) {
    cv::Mat bgra;
    try {
        bgra = cv::imread(file.string(), cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception&) {
        refuse(file, "the picture cannot be read"); // too large
    }
    if (bgra.empty() || bgra.type() != CV_8UC4) refuse(file, "is no PNG picture with colour and alpha");
    cv::Mat rgba;
    cv::cvtColor(bgra, rgba, cv::COLOR_BGRA2RGBA);
    return rgba;
}

} // namespace

Objects Objects::load(const fs::path& folder) {
    const fs::path list = folder / "objects.json";
    const nlohmann::json json = ldm::readJsonObject(list);
    integerIn(list, json, "noisefloor_objects", 1, 1); // the version
    Objects objects{integerIn(list, json, "side", 8, kMostSide), namesIn(list, json), {}};
    const int columns = integerIn(list, json, "columns", 1, kMostColumns);
    const cv::Mat atlas = atlasIn(folder / "objects.png");
    const int rows = (int(objects.names.size()) + columns - 1) / columns;
    if (atlas.cols != columns * objects.side || atlas.rows != rows * objects.side)
        refuse(folder / "objects.png", "has another size than objects.json says");
    for (int i = 0; i < int(objects.names.size()); ++i) {
        const cv::Rect place(i % columns * objects.side, i / columns * objects.side, objects.side, objects.side);
        const cv::Mat cell = atlas(place).clone();
        objects.rgba.insert(objects.rgba.end(), cell.data, cell.data + cell.total() * 4);
    }
    return objects;
}

Objects Objects::embedded() {
    return load(ldm::resourceFolder() / "evaluator" / "objects");
}

} // namespace analysis::ppi
