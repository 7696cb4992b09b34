#include "support/reference.h"

#include <ATen/ATen.h>
#include <ldm/files.h>
#include <ldm/weights.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace support {

namespace {

constexpr const char* kExternalRoot = "NOISEFLOOR_REFERENCE";
constexpr std::array<std::string_view, 3> kWords = {"NaN", "-Infinity", "Infinity"};

} // namespace

Reference::Reference(nlohmann::json description, ldm::SafetensorsFile file)
    : m_description(std::move(description)), m_file(std::move(file)) {
}

namespace {

/// Python writes NaN and infinities as words; JSON has no such numbers.
std::string withoutWords(const std::string& text) {
    std::string result;
    bool quoted = false, escaped = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"' && !escaped) quoted = !quoted;
        escaped = quoted && text[i] == '\\' && !escaped;
        const std::string_view rest = std::string_view(text).substr(i);
        const auto word = std::find_if(kWords.begin(), kWords.end(), [&](auto each) { return rest.starts_with(each); });
        if (quoted || word == kWords.end()) {
            result += text[i];
        } else {
            result += "null";
            i += word->size() - 1;
        }
    }
    return result;
}

} // namespace

nlohmann::json describedReference(const std::filesystem::path& folder) {
    return nlohmann::json::parse(withoutWords(ldm::readTextFile(folder / "reference.json")));
}

Reference Reference::open(const std::filesystem::path& folder) {
    return {describedReference(folder), ldm::SafetensorsFile::open(folder / "reference.safetensors")};
}

at::Tensor Reference::stored(const std::string& name) const {
    const ldm::TensorEntry* entry = m_file.find(name);
    if (!entry) throw std::runtime_error("the reference holds no tensor '" + name + "'");
    return ldm::view(m_file, *entry);
}

at::Tensor Reference::tensor(const std::string& name) const {
    if (m_description.contains("tensors") && m_description.at("tensors").at(name).contains("stride"))
        throw std::runtime_error("the reference holds only a sample of tensor '" + name + "'");
    return stored(name);
}

std::vector<std::string> Reference::names(const std::string& prefix) const {
    std::vector<std::string> result;
    for (const ldm::TensorEntry& entry : m_file.entries())
        if (entry.name.starts_with(prefix)) result.push_back(entry.name);
    return result;
}

Deviation Reference::compare(const std::string& name, const at::Tensor& got, double relative) const {
    const nlohmann::json& facts = m_description.at("tensors").at(name);
    const double rms = facts.at("rms");
    const double err64 = facts.at("err64"), errk = facts.at("errk");
    Deviation result{
        .tensor = name, .tolerance = std::max({16 * err64, 16 * errk, 2e-6 * rms, relative * rms}), .complaint = {}};
    if (got.sizes().vec() != facts.at("shape").get<std::vector<std::int64_t>>()) {
        result.complaint = "the shape is " + c10::str(got.sizes()) + ", not " + facts.at("shape").dump();
        return result;
    }
    const std::int64_t stride = facts.value("stride", 1);
    const at::Tensor sampled = got.reshape({-1}).slice(0, 0, c10::nullopt, stride);
    result.largest = (sampled - stored(name).reshape({-1})).abs().max().item<double>();
    return result;
}

namespace {

std::vector<FixtureFolder> fixturesBelow(const std::filesystem::path& root) {
    std::vector<FixtureFolder> found;
    if (std::filesystem::exists(root / "reference.json"))
        found.push_back({std::filesystem::canonical(root).filename().string(), root});
    constexpr auto kFollow = std::filesystem::directory_options::follow_directory_symlink;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root, kFollow))
        if (std::filesystem::exists(entry.path() / "reference.json"))
            found.push_back({std::filesystem::relative(entry.path(), root).string(), entry.path()});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
}

} // namespace

std::vector<FixtureFolder> committedFixtures() {
    return fixturesBelow(std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference");
}

bool hasExternalFixtures() {
    const char* root = std::getenv(kExternalRoot);
    return root && *root;
}

std::vector<FixtureFolder> externalFixtures() {
    const std::filesystem::path root = std::getenv(kExternalRoot);
    const std::string named = std::string(kExternalRoot) + " names " + root.string();
    if (!std::filesystem::is_directory(root)) throw std::runtime_error(named + ", which is no folder; correct it");
    std::vector<FixtureFolder> found = fixturesBelow(root);
    if (found.empty()) throw std::runtime_error(named + ", which holds no folder with a reference.json; correct it");
    return found;
}

} // namespace support
