#include "heapgaps.h"

#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace quant {

namespace {

constexpr std::int64_t kMostGrowth = std::int64_t{256} << 20;

/// Bytes in memory that are of no file; 0 where the system does not tell.
std::int64_t ownBytes() {
    std::int64_t all = 0;
    std::int64_t resident = 0;
    std::int64_t ofFiles = 0;
    std::ifstream("/proc/self/statm") >> all >> resident >> ofFiles;
    return (resident - ofFiles) * ::sysconf(_SC_PAGESIZE);
}

} // namespace

void HeapGaps::release() {
    const std::int64_t held = ownBytes();
    if (held != 0 && held < m_least + kMostGrowth) return;
    ::malloc_trim(0);
    m_least = ownBytes();
}

} // namespace quant
