#pragma once

#include <ldm/error.h>

#include <QString>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace support {

/// The sentence of the ldm::Error that `work` throws; empty if it throws none or one of another kind.
template <typename Work> std::string failureOf(ldm::ErrorKind kind, Work&& work) {
    try {
        work();
    } catch (const ldm::Error& error) {
        if (error.kind() == kind) return error.what();
    }
    return {};
}

inline bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// Names of everything directly in a folder, hidden files included.
inline std::set<std::string> namesIn(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

inline void put(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string contentOf(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace support
