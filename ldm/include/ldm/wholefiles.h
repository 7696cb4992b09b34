#pragma once

#include <cstddef>
#include <span>

namespace ldm {

struct Checkpoint;
class Model;
class TensorTable;

/// Weights are read where they lie, in mapped files. Where such a file is cut short meanwhile, or its disk fails, the
/// system answers a read with SIGBUS, which ends a program. From this call on what cannot be read is zero instead, and
/// requireWhole() tells. Other bus errors go on to whoever handled them before. To be called once by a program, at its
/// start.
void surviveVanishingFiles();

/// To be asked after mapped data was read, before anything that was made of it is shown or written. Throw BadInput
/// naming the file if one of those that these bytes, or these tensors, lie in is shorter than when it was
/// mapped, was written to since, or could not be read. What lies in no mapped file is whole. Cheap enough for every run
/// of a network. Any thread.
void requireWhole(std::span<const std::byte> bytes);
void requireWhole(const TensorTable& tensors);
void requireWhole(const Checkpoint& checkpoint);
void requireWhole(const Model& model);

} // namespace ldm
