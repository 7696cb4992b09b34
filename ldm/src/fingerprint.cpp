#include "fingerprint.h"

#include <ldm/files.h>

#include <algorithm>

namespace ldm {

namespace {

constexpr std::size_t kWholeBytes = std::size_t{64} << 20;
constexpr std::size_t kPages = 1024;
constexpr std::size_t kPageBytes = 4096;

/// Each piece goes in with its length, so that no two sequences of pieces look the same.
void addPiece(Sha256& hash, std::string_view piece) {
    hash.add(std::to_string(piece.size()) + ":");
    hash.add(piece);
}

/// The data section as one piece of memory: entries lie back to back.
std::string_view dataOf(const SafetensorsFile& file) {
    if (file.entries().empty()) return {};
    const std::byte* first = file.bytes(file.entries().front()).data();
    return {reinterpret_cast<const char*>(first), file.entries().back().end};
}

void addWeights(Sha256& hash, const SafetensorsFile& file) {
    for (const TensorEntry& entry : file.entries()) {
        addPiece(hash, entry.name);
        std::string layout(nameOf(entry.dtype));
        for (const std::int64_t size : entry.shape) layout.append(1, ' ').append(std::to_string(size));
        addPiece(hash, layout);
    }
    const std::string_view data = dataOf(file);
    if (data.size() <= kWholeBytes) return addPiece(hash, data);
    for (std::size_t page = 0; page < kPages; ++page)
        addPiece(hash, data.substr((data.size() - kPageBytes) / (kPages - 1) * page, kPageBytes));
}

} // namespace

std::string fingerprintOf(const std::vector<std::filesystem::path>& texts,
                          const std::vector<SafetensorsFile>& weights) {
    Sha256 hash;
    for (const std::filesystem::path& text : texts) addPiece(hash, readTextFile(text));
    for (const SafetensorsFile& file : weights) addWeights(hash, file);
    return "sha256:" + hash.hex();
}

} // namespace ldm
