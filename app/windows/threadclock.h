#pragma once

#include <ctime>

namespace app::windows {

/// Milliseconds that the calling thread has computed so far; what other threads and programs take does not count.
inline double computedByThisThreadMs() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return double(spent.tv_sec) * 1000 + double(spent.tv_nsec) / 1e6;
}

} // namespace app::windows
