#include "support/proceduralweights.h"

#include <ldm/safetensors.h>

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

using nlohmann::json;

namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
constexpr const char* kRecipe = "weights.recipe.json";

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

std::int64_t elements(const json& tensor) {
    const auto shape = tensor.at("shape").get<std::vector<std::int64_t>>();
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

template <typename Element> std::vector<std::byte> encoded(std::uint64_t base, const json& tensor) {
    const double offset = tensor.at("offset"), scale = tensor.at("scale");
    const auto count = static_cast<std::size_t>(elements(tensor));
    std::vector<std::byte> bytes(count * sizeof(Element));
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t z = mix(base + (i + 1) * kGolden);
        const double unit = (static_cast<double>(z >> 40) - 8388608.0) / 8388608.0;
        const Element value(static_cast<float>(offset + scale * unit));
        std::memcpy(bytes.data() + i * sizeof(Element), &value, sizeof(Element));
    }
    return bytes;
}

std::vector<std::byte> values(std::uint64_t seed, const std::string& name, ldm::DType type, const json& tensor) {
    const std::uint64_t base = mix(fnv1a(name) ^ (seed * kGolden));
    if (type == ldm::DType::F16) return encoded<c10::Half>(base, tensor);
    if (type == ldm::DType::BF16) return encoded<c10::BFloat16>(base, tensor);
    return encoded<float>(base, tensor);
}

ldm::DType typeNamed(const std::string& name) {
    for (const ldm::DType type : {ldm::DType::F32, ldm::DType::F16, ldm::DType::BF16})
        if (ldm::nameOf(type) == name) return type;
    throw std::runtime_error("procedural weights of type '" + name + "' are not known");
}

void writeFile(std::uint64_t seed, const json& file, const std::filesystem::path& path) {
    const std::string component = file.at("component");
    const ldm::DType type = typeNamed(file.at("dtype"));
    std::vector<std::vector<std::byte>> data;
    std::vector<ldm::TensorToWrite> tensors;
    for (const json& tensor : file.at("tensors")) {
        const std::string name = tensor.at("name");
        data.push_back(values(seed, component + "/" + name, type, tensor));
        tensors.push_back({name, type, tensor.at("shape").get<std::vector<std::int64_t>>(), data.back()});
    }
    ldm::writeSafetensors(path, std::move(tensors));
}

json recipeOf(const std::filesystem::path& fixture) {
    std::ifstream stream(fixture / kRecipe);
    return json::parse(stream);
}

} // namespace

std::uint64_t proceduralBytes(const std::filesystem::path& fixture) {
    if (!std::filesystem::exists(fixture / kRecipe)) return 0;
    std::uint64_t bytes = 0;
    const json recipe = recipeOf(fixture);
    for (const json& file : recipe.at("files"))
        for (const json& tensor : file.at("tensors"))
            bytes += static_cast<std::uint64_t>(elements(tensor)) * ldm::sizeOf(typeNamed(file.at("dtype")));
    return bytes;
}

std::filesystem::path withWeights(const std::filesystem::path& fixture, const std::filesystem::path& temporary) {
    if (!std::filesystem::exists(fixture / kRecipe)) return fixture;
    const std::filesystem::path target = temporary / fixture.filename();
    if (std::filesystem::exists(target)) return target;
    std::filesystem::copy(fixture, target, std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(target))
        std::filesystem::permissions(entry, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    const json recipe = recipeOf(fixture);
    for (const json& file : recipe.at("files"))
        writeFile(recipe.at("seed"), file, target / file.at("path").get<std::string>());
    return target;
}

} // namespace support
