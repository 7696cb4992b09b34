#include <ldm/wholefiles.h>

#include "mappedfile.h"

#include <ldm/checkpoint.h>
#include <ldm/model.h>
#include <ldm/networks.h>

namespace ldm {

void requireWhole(std::span<const std::byte> bytes) {
    if (!bytes.empty()) requireWholeAt(bytes.data());
}

void requireWhole(const TensorTable& tensors) {
    if (!isAnyFileDamaged()) return; // so that thousands of tensors are looked at only if there is something to find
    for (const StoredTensor& tensor : tensors.tensors()) {
        requireWhole(tensor.stored);
        for (const std::span<const std::byte> piece : tensor.alsoStored) requireWhole(piece);
    }
}

void requireWhole(const Checkpoint& checkpoint) {
    for (const PartSource& part : checkpoint.parts) requireWhole(part.tensors);
}

void requireWhole(const Model& model) {
    requireWhole(model.networks().checkpoint);
}

} // namespace ldm
