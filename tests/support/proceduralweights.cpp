#include "support/proceduralweights.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace support {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
constexpr const char* kRecipe = "weights.recipe.json";
constexpr std::uint64_t kPiece = std::uint64_t{1} << 20; ///< elements written at once

/// The finaliser of splitmix64.
std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

std::uint64_t fnv1a(const std::string& text) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return hash;
}

std::uint64_t elements(const ProceduralTensor& tensor) {
    return std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::uint64_t{1},
                           [](std::uint64_t product, std::int64_t size) { return product * std::uint64_t(size); });
}

/// Elements [first, first + values.size()) of a tensor.
template <typename Element>
void fill(std::vector<Element>& values, std::uint64_t base, std::uint64_t first, const ProceduralTensor& tensor) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t z = mix(base + (first + i + 1) * kGolden);
        const double unit = (static_cast<double>(z >> 40) - 8388608.0) / 8388608.0;
        values[i] = Element(static_cast<float>(tensor.offset + tensor.scale * unit));
    }
}

template <typename Element> void writeTensor(std::ostream& stream, std::uint64_t base, const ProceduralTensor& tensor) {
    std::vector<Element> values;
    const std::uint64_t count = elements(tensor);
    for (std::uint64_t first = 0; first < count; first += values.size()) {
        values.resize(std::min(kPiece, count - first));
        fill(values, base, first, tensor);
        stream.write(reinterpret_cast<const char*>(values.data()),
                     static_cast<std::streamsize>(values.size() * sizeof(Element)));
    }
}

/// The header as the safetensors writer of Python makes it, padded so that the data is aligned.
std::string header(const ProceduralFile& file) {
    nlohmann::ordered_json json;
    json["__metadata__"] = {{"format", "pt"}};
    std::uint64_t begin = 0;
    for (const ProceduralTensor& tensor : file.tensors) {
        const std::uint64_t end = begin + elements(tensor) * ldm::sizeOf(file.type);
        json[tensor.name] = {
            {"dtype", ldm::nameOf(file.type)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
        begin = end;
    }
    std::string text = json.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

ldm::DType typeNamed(const std::string& name) {
    for (const ldm::DType type : {ldm::DType::F32, ldm::DType::F16, ldm::DType::BF16})
        if (ldm::nameOf(type) == name) return type;
    throw std::runtime_error("procedural weights of type '" + name + "' are not known");
}

} // namespace

std::uint64_t ProceduralFile::bytes() const {
    std::uint64_t count = 0;
    for (const ProceduralTensor& tensor : tensors) count += elements(tensor);
    return count * ldm::sizeOf(type);
}

void writeProcedural(const fs::path& path, const ProceduralFile& file) {
    ProceduralFile sorted = file;
    std::sort(sorted.tensors.begin(), sorted.tensors.end(),
              [](const ProceduralTensor& a, const ProceduralTensor& b) { return a.name < b.name; });
    std::ofstream stream(path, std::ios::binary);
    const std::string text = header(sorted);
    const std::uint64_t length = text.size();
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    stream << text;
    for (const ProceduralTensor& tensor : sorted.tensors) {
        const std::uint64_t base = mix(fnv1a(file.component + "/" + tensor.name) ^ (file.seed * kGolden));
        if (file.type == ldm::DType::F16)
            writeTensor<c10::Half>(stream, base, tensor);
        else if (file.type == ldm::DType::BF16)
            writeTensor<c10::BFloat16>(stream, base, tensor);
        else
            writeTensor<float>(stream, base, tensor);
    }
    stream.flush();
    if (!stream) throw std::runtime_error(path.string() + " could not be written; free disk space");
}

std::vector<std::pair<fs::path, ProceduralFile>> proceduralFiles(const fs::path& fixture) {
    if (!fs::exists(fixture / kRecipe)) return {};
    std::ifstream stream(fixture / kRecipe);
    const json recipe = json::parse(stream);
    if (recipe.at("format") != "pw1")
        throw std::runtime_error(fixture.string() + ": weights of format " + recipe.at("format").dump() +
                                 " are not known");
    std::vector<std::pair<fs::path, ProceduralFile>> files;
    for (const json& entry : recipe.at("files")) {
        ProceduralFile file{recipe.at("seed"), entry.at("component"), typeNamed(entry.at("dtype")), {}};
        for (const json& tensor : entry.at("tensors"))
            file.tensors.push_back({tensor.at("name"), tensor.at("shape"), tensor.at("offset"), tensor.at("scale")});
        files.emplace_back(entry.at("path").get<std::string>(), std::move(file));
    }
    return files;
}

std::uint64_t proceduralBytes(const fs::path& fixture) {
    std::uint64_t bytes = 0;
    for (const auto& [path, file] : proceduralFiles(fixture)) bytes += file.bytes();
    return bytes;
}

void copyWritable(const fs::path& source, const fs::path& target) {
    fs::create_directories(target);
    for (const auto& entry : fs::recursive_directory_iterator(source)) {
        const fs::path copy = target / fs::relative(entry.path(), source);
        if (entry.is_directory()) {
            fs::create_directories(copy);
        } else {
            fs::copy_file(entry.path(), copy);
            fs::permissions(copy, fs::perms::owner_write, fs::perm_options::add);
        }
    }
}

fs::path withWeights(const fs::path& fixture, const fs::path& temporary) {
    const auto files = proceduralFiles(fixture);
    if (files.empty()) return fixture;
    const fs::path target = temporary / fixture.filename();
    if (fs::exists(target)) return target;
    copyWritable(fixture, target);
    for (const auto& [path, file] : files) writeProcedural(target / path, file);
    return target;
}

} // namespace support
