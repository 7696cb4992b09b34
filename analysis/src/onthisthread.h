#pragma once

#include <ATen/Parallel.h>
#include <omp.h>

namespace analysis {

/// Keeps the tensor work of the calling thread on it, for as long as it lives: shared out, sums would depend on the
/// number of threads, and matrices of small networks gain little.
class OnThisThread {
public:
    OnThisThread() : m_threads(at::get_num_threads()) { ::omp_set_num_threads(1); }
    ~OnThisThread() { ::omp_set_num_threads(m_threads); }
    OnThisThread(const OnThisThread&) = delete;
    OnThisThread& operator=(const OnThisThread&) = delete;

private:
    int m_threads;
};

} // namespace analysis
