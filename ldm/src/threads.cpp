#include <ldm/arithmetic.h>
#include <ldm/threads.h>

#include "controlgroup.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#include <dnnl.h>
#include <malloc.h>
#include <sched.h>
#include <unistd.h>

namespace ldm {

namespace {

/// Jiffies of all processors together since the machine started.
struct CpuTimes {
    double busy = 0; ///< time of processes of normal priority and of the kernel
    double all = 0;
};

CpuTimes readCpuTimes() {
    std::ifstream stream("/proc/stat");
    std::string label;
    // Time of niced processes counts as free: they yield to us.
    double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, softInterrupts = 0, stolen = 0;
    stream >> label >> user >> nice >> system >> idle >> waiting >> interrupts >> softInterrupts >> stolen;
    const double busy = user + system + interrupts + softInterrupts;
    return {busy, busy + nice + idle + waiting + stolen};
}

constexpr pid_t kThisProcess = 0;

int allowedCores(pid_t process = kThisProcess) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(process, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// Cores that the quota file of one group grants; unlimited if it says so or does not exist.
double quotaIn(const std::filesystem::path& group) {
    double quota = -1, period = 0;
    if (std::ifstream version2(group / "cpu.max"); version2) {
        version2 >> quota >> period; // "max 100000" leaves quota at 0 and the stream failed
    } else {
        std::ifstream(group / "cpu.cfs_quota_us") >> quota;
        std::ifstream(group / "cpu.cfs_period_us") >> period;
    }
    return quota > 0 && period > 0 ? quota / period : std::numeric_limits<double>::infinity();
}

/// The tightest quota from this process's group up to the root.
double quotaCores() {
    double cores = std::numeric_limits<double>::infinity();
    for (const std::filesystem::path& group : controlGroups("cpu")) cores = std::min(cores, quotaIn(group));
    return cores;
}

/// Not hardware_concurrency(): that counts the allowed ones only, but /proc/stat adds up all.
int onlineCores() {
    return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

/// Tensors come from the heap and stay in it: fresh pages from the kernel cost ten times the arithmetic on them. Only
/// the feature maps of a decoder are larger, and would leave gaps as large as themselves.
void configureAllocator() {
    ::mallopt(M_MMAP_THRESHOLD, 128 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
    ::mallopt(M_TOP_PAD, 64 << 20);
}

/// ATen 1.13 uses AVX-512 only when asked to, and would not check that the processor has it.
void chooseInstructionSet() {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        ::setenv("ATEN_CPU_CAPABILITY", "avx512", 0);
}

constexpr int kManyPrimitives = 1024; ///< oneDNN's own choice
constexpr int kFewPrimitives = 64;    ///< as many as one pass over a block of layers needs

} // namespace

int freeCores(int sharers) {
    const CpuTimes before = readCpuTimes();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const CpuTimes after = readCpuTimes();
    const double passed = after.all - before.all;
    const double busy = passed > 0 ? (after.busy - before.busy) / passed * onlineCores() : 0;
    // Whoever starts several processes may have given each some cores of its own, but is itself bound to none of them.
    const int forAll = sharers > 1 ? allowedCores(::getppid()) : allowedCores();
    const double granted = std::min<double>(forAll, std::max(1.0, std::floor(quotaCores())));
    // A core that others use for less than half of its time counts as free. Those that share with us are no others:
    // each may keep a core busy by now.
    const double freeOnes = std::min(granted, std::round(onlineCores() - busy + (sharers - 1)));
    return std::clamp(static_cast<int>(freeOnes) / sharers, 1, allowedCores());
}

int configureRuntime(int threads, int sharers) {
    configureAllocator();
    chooseInstructionSet();
    // More threads than cores would wait for each other at every barrier.
    const int count = threads > 0 ? std::min(threads, allowedCores()) : freeCores(sharers);
    at::set_num_threads(count);
    return count;
}

void configurePrimitives(std::int64_t parameters) {
    ::dnnl_set_primitive_cache_capacity(keptWeightBytes(parameters) > 0 ? kManyPrimitives : kFewPrimitives);
}

} // namespace ldm
