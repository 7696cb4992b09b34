#pragma once

#include <cstdint>

namespace ldm {

/// Cores this process may use and that are free now: affinity and cgroup quota, less what other processes of normal
/// priority keep busy, at least 1. Takes about 50 ms, since it compares two readings of the kernel's counters.
/// With `sharers` processes that do the same here, this one included, its share of them.
int freeCores(int sharers = 1);

/// Sets the one thread pool (OpenMP, shared by ATen, oneDNN and BLAS) and the allocator for tensor work. Call once at
/// program start, before the first tensor. `threads` 0 means freeCores(sharers); more than
/// the process has cores is cut to that. Returns the number of threads set.
int configureRuntime(int threads = 0, int sharers = 1);

/// Bounds what oneDNN keeps of the convolutions and products it has generated code for, several MiB each: all where
/// the network is small and generating code takes longer than running it, few where keeping them takes more memory than
/// its weights. For the whole process; `parameters` are those of the network that runs from now on.
void configurePrimitives(std::int64_t parameters);

} // namespace ldm
