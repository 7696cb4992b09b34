#pragma once

namespace ldm {

/// Cores this process may use and that are free now: affinity and cgroup quota, less what other processes of normal
/// priority keep busy, at least 1. Takes about 50 ms, since it compares two readings of the kernel's counters.
/// With `sharers` processes that do the same here, this one included, its share of them.
int freeCores(int sharers = 1);

/// Sets the one thread pool (OpenMP, shared by ATen, oneDNN and BLAS) and the allocator for tensor work. Call once at
/// program start, before the first tensor. `threads` 0 means freeCores(sharers); more than
/// the process has cores is cut to that. Returns the number of threads set.
int configureRuntime(int threads = 0, int sharers = 1);

} // namespace ldm
