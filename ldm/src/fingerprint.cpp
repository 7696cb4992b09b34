#include "fingerprint.h"

#include <ldm/files.h>

#include <ATen/core/Tensor.h>

#include <algorithm>

namespace ldm {

namespace {

constexpr std::uint64_t kWholeBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kPages = 1024;
constexpr std::uint64_t kPageBytes = 4096;

/// Each piece goes in with its length, so that no two sequences of pieces look the same.
void addPiece(Sha256& hash, std::string_view piece) {
    hash.add(std::to_string(piece.size()) + ":");
    hash.add(piece);
}

std::vector<StoredTensor> byName(const TensorTable& table) {
    std::vector<StoredTensor> tensors;
    for (const StoredTensor& tensor : table.tensors())
        if (!isIgnorable(tensor.name)) tensors.push_back(tensor);
    std::sort(tensors.begin(), tensors.end(),
              [](const StoredTensor& a, const StoredTensor& b) { return a.name < b.name; });
    return tensors;
}

void addLayout(Sha256& hash, const StoredTensor& tensor) {
    addPiece(hash, tensor.name);
    std::string layout = tensor.storedAs;
    for (const std::int64_t size : tensor.shape) layout.append(1, ' ').append(std::to_string(size));
    addPiece(hash, layout);
}

/// Lets go of the pages that were read: they count as this process's memory, and bring large neighbours along.
void release(std::span<const std::byte> piece) {
    StoredTensor tensor;
    tensor.stored = piece;
    tensor.release();
}

/// The tensors' data as one sequence of bytes, of which pages are taken.
void addData(Sha256& hash, const std::vector<std::span<const std::byte>>& pieces) {
    std::uint64_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    std::uint64_t begin = 0; // of the piece in the sequence
    std::uint64_t page = 0;
    for (const auto piece : pieces) {
        const std::string_view data(reinterpret_cast<const char*>(piece.data()), piece.size());
        if (total <= kWholeBytes) {
            addPiece(hash, data);
            continue;
        }
        for (; page < kPages; ++page) {
            const std::uint64_t offset = total / kPages * page - begin;
            if (offset >= data.size()) break;
            addPiece(hash, data.substr(offset, kPageBytes));
        }
        release(piece);
        begin += data.size();
    }
}

/// Adds the tensors' layouts and appends what is stored of them to the sequence whose data is to be added.
void addLayouts(Sha256& hash, const TensorTable& table, std::vector<std::span<const std::byte>>& sequence) {
    const std::vector<StoredTensor> tensors = byName(table);
    for (const StoredTensor& tensor : tensors) {
        addLayout(hash, tensor);
        sequence.push_back(tensor.stored);
        sequence.insert(sequence.end(), tensor.alsoStored.begin(), tensor.alsoStored.end());
    }
}

} // namespace

std::string fingerprintOf(const Checkpoint& checkpoint) {
    Sha256 hash;
    std::vector<std::span<const std::byte>> data;
    addPiece(hash, checkpoint.pipelineClass);
    addPiece(hash, checkpoint.scheduler.dump());
    for (const PartSource& part : checkpoint.parts) {
        addPiece(hash, part.className);
        addPiece(hash, part.config.dump());
        for (const auto& [name, text] : part.tokenizer.texts) addPiece(hash, text);
        addLayouts(hash, part.tensors, data);
    }
    addData(hash, data);
    return "sha256:" + hash.hex();
}

std::string fingerprintOf(const TensorTable& table, const std::string& settings) {
    Sha256 hash;
    std::vector<std::span<const std::byte>> data;
    addPiece(hash, settings);
    addLayouts(hash, table, data);
    addData(hash, data);
    return "sha256:" + hash.hex();
}

std::string fingerprintWith(const std::string& fingerprint, const std::vector<LoraInfo>& loras) {
    if (loras.empty()) return fingerprint;
    Sha256 hash;
    addPiece(hash, fingerprint);
    for (const LoraInfo& lora : loras) {
        addPiece(hash, lora.fingerprint);
        addPiece(hash, nlohmann::json(lora.weight).dump()); // all its digits
    }
    return "sha256:" + hash.hex();
}

} // namespace ldm
