// What this machine can do at most, as JSON: float32 multiply-adds and 8-bit dot products in registers, and copies of
// memory that no cache holds, by one thread and by all. What the benchmarks reach is told as a share of these.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sched.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using nlohmann::json;

constexpr int kTurns = 1 << 22;
constexpr int kRounds = 12;

/// Work of one thread; returns operations, or bytes moved.
using Work = std::function<double(int thread)>;

struct Kernel {
    std::string instructions;
    Work work;
};

/// Values that the compiler cannot know.
volatile float factor = 0.999999F;
volatile int code = 3;
volatile float floatResult;
volatile int integerResult;

#if defined(__x86_64__)

// Enough sums side by side to hide the latency of two units, and few enough for the registers there are.
constexpr int kSums = 12;

__attribute__((target("avx2,fma"))) double fmaAvx2(int) {
    const __m256 a = _mm256_set1_ps(factor);
    __m256 sums[kSums];
    for (auto& sum : sums) sum = a;
    for (int turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
        for (int i = 0; i < kSums; ++i) sums[i] = _mm256_fmadd_ps(sums[i], a, a);
    for (int i = 1; i < kSums; ++i) sums[0] = _mm256_add_ps(sums[0], sums[i]);
    floatResult = _mm256_cvtss_f32(sums[0]);
    return 2.0 * 8 * kSums * kTurns;
}

__attribute__((target("avx512f"))) double fmaAvx512(int) {
    const __m512 a = _mm512_set1_ps(factor);
    __m512 sums[kSums];
    for (auto& sum : sums) sum = a;
    for (int turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
        for (int i = 0; i < kSums; ++i) sums[i] = _mm512_fmadd_ps(sums[i], a, a);
    for (int i = 1; i < kSums; ++i) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    floatResult = _mm512_cvtss_f32(sums[0]);
    return 2.0 * 16 * kSums * kTurns;
}

__attribute__((target("avxvnni,avx2"))) double dotAvx2(int) {
    const __m256i a = _mm256_set1_epi8(static_cast<char>(code));
    __m256i sums[kSums];
    for (auto& sum : sums) sum = a;
    for (int turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
        for (int i = 0; i < kSums; ++i) sums[i] = _mm256_dpbusd_avx_epi32(sums[i], a, a);
    for (int i = 1; i < kSums; ++i) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
    integerResult = _mm256_extract_epi32(sums[0], 0);
    return 2.0 * 32 * kSums * kTurns;
}

__attribute__((target("avx512f,avx512vnni"))) double dotAvx512(int) {
    const __m512i a = _mm512_set1_epi32(code * 0x01010101);
    __m512i sums[kSums];
    for (auto& sum : sums) sum = a;
    for (int turn = 0; turn < kTurns; ++turn)
#pragma GCC unroll 12
        for (int i = 0; i < kSums; ++i) sums[i] = _mm512_dpbusd_epi32(sums[i], a, a);
    for (int i = 1; i < kSums; ++i) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    std::int32_t lanes[16];
    _mm512_storeu_si512(lanes, sums[0]);
    integerResult = lanes[0];
    return 2.0 * 64 * kSums * kTurns;
}

Kernel fma() {
    if (__builtin_cpu_supports("avx512f")) return {"AVX-512", fmaAvx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {"AVX2 and FMA", fmaAvx2};
    return {};
}

Kernel dot() {
    if (__builtin_cpu_supports("avx512vnni")) return {"AVX512-VNNI", dotAvx512};
    if (__builtin_cpu_supports("avxvnni")) return {"AVX-VNNI", dotAvx2};
    return {};
}

#else

Kernel fma() {
    return {};
}
Kernel dot() {
    return {};
}

#endif

/// Memory for all threads' copies, many times what the last cache holds.
class Copies {
public:
    explicit Copies(int threads)
        : m_share(std::max<std::size_t>(std::size_t{256} << 20, 8 * lastCache()) / static_cast<std::size_t>(threads)),
          m_from(m_share * static_cast<std::size_t>(threads), 1), m_to(m_from.size(), 0) {}

    /// Bytes read and bytes written.
    double copy(int thread) {
        const std::size_t first = static_cast<std::size_t>(thread) * m_share;
        std::memcpy(m_to.data() + first, m_from.data() + first, m_share);
        return 2.0 * static_cast<double>(m_share);
    }

private:
    static std::size_t lastCache() {
        const long bytes = std::max(::sysconf(_SC_LEVEL3_CACHE_SIZE), ::sysconf(_SC_LEVEL2_CACHE_SIZE));
        return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
    }

    std::size_t m_share;
    std::vector<char> m_from;
    std::vector<char> m_to;
};

/// The most that so many threads do in a second, in units of 1e9, when they begin together.
double rate(const Work& work, int threads) {
    using Clock = std::chrono::steady_clock;
    double best = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<double> done(static_cast<std::size_t>(threads));
        Clock::time_point begin;
        std::barrier start(threads, [&begin]() noexcept { begin = Clock::now(); });
        std::vector<std::thread> pool;
        for (int i = 0; i < threads; ++i)
            pool.emplace_back([&, i] {
                start.arrive_and_wait();
                done[static_cast<std::size_t>(i)] = work(i);
            });
        for (auto& thread : pool) thread.join();
        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        double all = 0;
        for (const double part : done) all += part;
        best = std::max(best, all / seconds / 1e9);
    }
    return best;
}

int allowedCores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

json rates(const Kernel& kernel, int threads) {
    if (!kernel.work) return nullptr;
    return {{"instructions", kernel.instructions}, {"one", rate(kernel.work, 1)}, {"all", rate(kernel.work, threads)}};
}

json copyRates(int threads) {
    const auto by = [](int count) {
        Copies copies(count);
        return rate([&copies](int thread) { return copies.copy(thread); }, count);
    };
    return {{"one", by(1)}, {"all", by(threads)}};
}

} // namespace

int main() {
    const int threads = allowedCores();
    const json found{{"threads", threads},
                     {"fmaGflops", rates(fma(), threads)},
                     {"int8Gops", rates(dot(), threads)},
                     {"copyGBs", copyRates(threads)}};
    std::puts(found.dump().c_str());
    return 0;
}
