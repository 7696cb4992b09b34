#pragma once

#include "ldm/failures.h"

#include <ldm/jsonreading.h>
#include <ldm/safetensors.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// What tests do to a copy of a diffusers folder before they open it.
namespace support {

using Damage = std::function<void(const std::filesystem::path& model)>;

/// Changes keys of a JSON file; null removes one.
inline Damage setting(const std::string& file, const nlohmann::json& changes) {
    return [=](const std::filesystem::path& model) {
        nlohmann::json json = ldm::readJsonObject(model / file);
        json.merge_patch(changes);
        put(model / file, json.dump());
    };
}

inline Damage removing(const std::string& file) {
    return [=](const std::filesystem::path& model) { std::filesystem::remove_all(model / file); };
}

inline Damage renaming(const std::string& from, const std::string& to) {
    return [=](const std::filesystem::path& model) { std::filesystem::rename(model / from, model / to); };
}

/// Writes a weights file anew after `change` has seen its list of tensors.
inline Damage rewriting(const std::string& path, const std::function<void(std::vector<ldm::TensorToWrite>&)>& change) {
    return [=](const std::filesystem::path& model) {
        const auto file = ldm::SafetensorsFile::open(model / path);
        std::vector<ldm::TensorToWrite> tensors;
        for (const ldm::TensorEntry& entry : file.entries())
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
        change(tensors);
        ldm::writeSafetensors(model / path, tensors);
    };
}

inline ldm::TensorToWrite& named(std::vector<ldm::TensorToWrite>& tensors, const std::string& name) {
    return *std::find_if(tensors.begin(), tensors.end(),
                         [&](const ldm::TensorToWrite& each) { return each.name == name; });
}

} // namespace support
