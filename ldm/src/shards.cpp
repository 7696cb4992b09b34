#include "shards.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace ldm {

namespace fs = std::filesystem;

namespace {

/// What follows the stem, most wanted first: plain before variant, one file before shards. Of the two spellings of a
/// variant's index the second is the older one.
constexpr std::array<std::string_view, 5> kEndings = {".safetensors", ".safetensors.index.json", ".fp16.safetensors",
                                                      ".safetensors.index.fp16.json", ".fp16.safetensors.index.json"};

bool hasFileWith(const fs::path& folder, const std::string& start, std::string_view inside) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(start) && name.find(inside) != std::string::npos) return true;
    }
    return false;
}

Error weightsMissing(const fs::path& folder, const std::string& stem) {
    const std::string missing = (folder / stem).string() + ".safetensors does not exist";
    if (hasFileWith(folder, stem, "-of-"))
        return badInput(missing + ", only shards without their index (" + stem +
                        ".safetensors.index.json); fetch that file too.");
    for (const char* pickled : {".bin", ".ckpt", ".pt", ".pth"})
        if (hasFileWith(folder, "", pickled))
            return badInput(missing + ", only pickled weights, which may run code when opened; save the model again "
                                      "with safe_serialization.");
    return badInput(missing + "; fetch the model's weights.");
}

/// The shards that an index names, each with the tensors it must hold.
class ShardIndex {
public:
    explicit ShardIndex(const fs::path& path) : m_path(path), m_json(readJsonObject(path)) {
        const auto map = m_json.find("weight_map");
        if (map == m_json.end() || !map->is_object() || map->empty())
            throw fault("has no \"weight_map\" of tensor names and files");
        for (const auto& [tensor, file] : map->items()) m_shards[checkedName(tensor, file)].push_back(tensor);
    }

    TensorTable tensors() const {
        TensorTable table(m_path.string());
        std::uint64_t bytes = 0;
        for (const auto& [name, expected] : m_shards) bytes += addShard(table, name, expected);
        checkSize(bytes);
        return table;
    }

private:
    Error fault(const std::string& what) const {
        return badInput(m_path.string() + " " + what + "; fetch index and shards of one model again.");
    }

    /// A file beside the index: a path would reach anything on the machine.
    std::string checkedName(const std::string& tensor, const nlohmann::json& file) const {
        const std::string name = file.is_string() ? file.get<std::string>() : std::string();
        if (name.find('/') != std::string::npos || name.find('\\') != std::string::npos)
            throw fault("places tensor " + inQuotes(tensor) + " outside its folder, in " + inQuotes(name));
        if (!name.ends_with(".safetensors"))
            throw fault("places tensor " + inQuotes(tensor) + " in " + file.dump() + ", which is no safetensors file");
        return name;
    }

    std::uint64_t addShard(TensorTable& table, const std::string& name,
                           const std::vector<std::string>& expected) const {
        const fs::path path = m_path.parent_path() / name;
        if (!fs::exists(path)) throw fault("names the shard " + inQuotes(name) + ", which is missing");
        const TensorTable shard(SafetensorsFile::open(path));
        for (const std::string& tensor : expected)
            if (!shard.find(tensor))
                throw fault("places tensor " + inQuotes(tensor) + " in " + name + ", where it is not");
        std::uint64_t bytes = 0;
        for (const StoredTensor& tensor : shard.tensors()) {
            if (m_json["weight_map"].value(tensor.name, nlohmann::json()) != name)
                throw fault("does not place tensor " + inQuotes(tensor.name) + " in " + name + ", where it is");
            bytes += tensor.bytes;
            table.add(tensor);
        }
        return bytes;
    }

    void checkSize(std::uint64_t bytes) const {
        const auto metadata = m_json.find("metadata");
        if (metadata == m_json.end() || !metadata->is_object()) return;
        const auto size = metadata->find("total_size");
        if (size == metadata->end() || *size == bytes) return;
        throw fault("gives a total size of " + size->dump() + " where the shards hold " + std::to_string(bytes) +
                    " bytes");
    }

    fs::path m_path;
    nlohmann::json m_json;
    std::map<std::string, std::vector<std::string>> m_shards;
};

} // namespace

TensorTable openWeights(const fs::path& folder, const std::string& stem) {
    for (const std::string_view ending : kEndings) {
        fs::path path = folder / stem;
        path += ending;
        if (!fs::exists(path)) continue;
        return ending.ends_with(".json") ? ShardIndex(path).tensors() : TensorTable(SafetensorsFile::open(path));
    }
    throw weightsMissing(folder, stem);
}

} // namespace ldm
