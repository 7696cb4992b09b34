#include "support/reference.h"

#include <ATen/ATen.h>
#include <ldm/files.h>
#include <ldm/weights.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <utility>

namespace support {

Reference::Reference(nlohmann::json description, ldm::SafetensorsFile file)
    : m_description(std::move(description)), m_file(std::move(file)) {
}

nlohmann::json describedReference(const std::filesystem::path& folder) {
    std::string text = ldm::readTextFile(folder / "reference.json");
    const std::string infinite = ": -Infinity"; // as Python writes it; JSON has no such number
    for (std::size_t at = text.find(infinite); at != std::string::npos; at = text.find(infinite, at))
        text.replace(at, infinite.size(), ": null");
    return nlohmann::json::parse(text);
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

std::vector<std::filesystem::path> referenceFolders() {
    std::vector<std::filesystem::path> roots = {std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference"};
    if (const char* more = std::getenv("NOISEFLOOR_REFERENCE")) roots.emplace_back(more);
    std::map<std::string, std::filesystem::path> found;
    for (const std::filesystem::path& root : roots)
        for (const auto& entry : std::filesystem::directory_iterator(root))
            if (std::filesystem::exists(entry.path() / "reference.json"))
                found.emplace(entry.path().filename().string(), entry.path());
    std::vector<std::filesystem::path> folders;
    for (const auto& [name, path] : found) folders.push_back(path);
    return folders;
}

} // namespace support
