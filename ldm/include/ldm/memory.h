#pragma once

#include <ldm/model.h>

#include <cstdint>
#include <string>

namespace ldm {

/// A kind of work, as far as memory goes.
enum class Task {
    Generate, ///< pictures, in full precision or quantized
    Analyze,  ///< maps of the UNet's blocks
};

/// Bytes of this process's memory that opening a model and a task on it take at their peak: an estimate, within a
/// quarter of what was measured for the models in docs/performance.md.
struct MemoryNeed {
    std::uint64_t program = 0;     ///< the program itself with its libraries
    std::uint64_t prepared = 0;    ///< copies of weights: kept ones, and the largest layer's while it runs
    std::uint64_t activations = 0; ///< of the UNet's run, of decoding, and kept states
    /// Weights read from mapped files. They do not count: a layer lets go of its pages after use, and the system caches
    /// the files as far as there is room.
    std::uint64_t files = 0;
    std::uint64_t total() const { return program + prepared + activations; }
};

/// What a task at this size in pixels takes (0: the model's default).
MemoryNeed memoryNeed(const ModelInfo& model, Task task, int width = 0, int height = 0);

/// Bytes this process may take in all: what it holds itself and what the system calls available, or what its control
/// groups leave of that. 0 where the system does not tell.
std::uint64_t availableMemory();

/// Throws OutOfMemory, with both numbers and the remedy, if the task cannot fit into `available` bytes (0: unknown,
/// nothing is refused).
void requireMemory(const ModelInfo& model, Task task, int width, int height,
                   std::uint64_t available = availableMemory());

/// "3.4 GiB", for people.
std::string bytesText(std::uint64_t bytes);

} // namespace ldm
